"""Lists as files: what is listed, all of it, as CSV or as a workbook."""
