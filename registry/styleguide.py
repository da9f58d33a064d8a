def gallery():
    return {}
