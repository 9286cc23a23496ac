"""The documentation site: generated pages, the navigation, the build, and a check of every link."""
