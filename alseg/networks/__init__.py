"""Networks and their pretrained weights."""
