"""From a paper's folder under ``experiments/`` to its runs, its tables and the numbers beside the paper's."""
