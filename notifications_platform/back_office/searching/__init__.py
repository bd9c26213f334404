"""The one search box: what a caller says on the phone, and everything that is known of it.

`terms` reads what was typed, `finders` knows who looks where, `merging` puts what they find into
one list, `page` shows it. The apps register a finder for each way in which their rows are found.
"""
