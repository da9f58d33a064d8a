"""The registry from a spreadsheet to the public list, over HTTP, with a real server, worker and scheduler."""
