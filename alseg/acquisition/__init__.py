"""Acquisitions: how informative is an image? One file per score; ``conf/strategy`` joins them with selectors."""
