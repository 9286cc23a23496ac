"""The packs that come with the suite: contracts of vendors.

The data of each pack is in `specs/NAME/`, and its code is in `conformance/packs/NAME/`.
"""
