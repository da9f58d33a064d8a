"""Pages that span both apps, and the files that programs look for."""
