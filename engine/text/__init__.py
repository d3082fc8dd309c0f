"""Free text: where it names people, places, organisations and numbers of theirs.

`find.find()` is the door. A recogniser is one file: our patterns and lists first, then the language model that is installed.
"""
