"""HTML: the only package that knows templates. Live regions are drawn from a snapshot alone, pages from a view and
what the viewer may do; nothing here knows a request.
"""
