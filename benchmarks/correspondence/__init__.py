"""How fast letters are: what initialize, upload, overview and search cost."""
