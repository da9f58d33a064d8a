"""The whole public site as a tree of files that any file server, or a disk, can show (``manage.py export_site``)."""
