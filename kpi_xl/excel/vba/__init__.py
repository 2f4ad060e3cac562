"""VBA projects as files: read, changed and written without Excel, by Microsoft's open specifications MS-OVBA and MS-CFB.

A project is written without compiled code: Excel compiles the source when it loads it. Nothing here knows the cell functions.
"""
