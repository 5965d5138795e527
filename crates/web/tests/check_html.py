"""Checks every page of a folder with Python's HTML parser: balanced tags, unique ids, references that
lead somewhere, one h1, nothing inline that the content security policy forbids."""

import pathlib
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "path", "img", "hr"}
# End tags may be left out by the standard, but not by us.


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.ids, self.refs, self.faults, self.h1, self.lang = [], set(), [], [], 0, None

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"attribute twice in {tag} {names}")
        for name, value in attrs:
            if name == "id":
                if value in self.ids:
                    self.faults.append(f"id {value} twice")
                self.ids.add(value)
            if name in ("for", "aria-labelledby", "aria-describedby"):
                self.refs.append(value)
            if name == "style" or name.startswith("on"):
                self.faults.append(f"inline {name} in {tag}")
            if name in ("href", "src", "action") and not value.startswith(("/", "#")):
                self.faults.append(f"{name} leads elsewhere: {value}")
        self.h1 += tag == "h1"
        if tag == "html":
            self.lang = dict(attrs).get("lang")
        if tag == "script" and "src" not in names:
            self.faults.append("inline script")
        if tag == "style":
            self.faults.append("inline style")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes nothing")


pages = sorted(pathlib.Path(sys.argv[1]).glob("*.html"))
bad = False
for file in pages:
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    page.close()
    page.faults += [f"{tag} is not closed" for tag in page.stack]
    page.faults += [f"no id {ref}" for ref in page.refs if ref not in page.ids]
    if page.h1 != 1:
        page.faults.append(f"{page.h1} h1")
    if page.lang not in ("ru", "en"):
        page.faults.append("no language")
    for fault in page.faults:
        print(f"{file.name}: {fault}")
        bad = True
if not bad:
    print(f"{len(pages)} pages are well")
sys.exit(bad)
