"""The official form, measured: rules of Nghị định 30/2020/NĐ-CP on a finished PDF or Word file.

Owns reading a document of any office as paragraphs with type and place (`specimen`, `pdf_file`,
`word_file`), finding the parts of the form in it (`parts`), and the rules (`rules.toml`, `rules`,
`own_rules`, run by `measure`). It makes and mends nothing.
"""
