"""发布版: editions of the directory and of the service resource list that anyone can keep, cite and check without asking us."""
