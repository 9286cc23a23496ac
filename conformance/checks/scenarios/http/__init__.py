"""HTTP around the API: methods, media types, keys, many requests at once, readers that hang up."""
