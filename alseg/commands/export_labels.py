FORMATS = {"folder": 1}


def run(*a): ...
