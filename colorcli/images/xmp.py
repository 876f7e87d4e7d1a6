"""XMP packets: parsed, changed property by property, and written again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.dom.minidom import Document, Element, Node, parseString
from xml.parsers.expat import ExpatError

from colorcli.images.picture import Provenance

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMESPACES = {
    "Container": "http://ns.google.com/photos/1.0/container/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
}
_EMPTY = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%s"><rdf:Description rdf:about=""/></rdf:RDF>'
    b"</x:xmpmeta>" % _RDF.encode()
)
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
_END = b'\n<?xpacket end="w"?>'

DIGITAL_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

# What describes the samples of the grey original, or points out of the packet.
_OUTDATED = (
    "Container:Directory",
    "hdrgm:Version",
    "xmp:Thumbnails",
    "photoshop:ColorMode",
    "photoshop:ICCProfile",
    "tiff:BitsPerSample",
    "tiff:Compression",
    "tiff:NativeDigest",
    "tiff:PhotometricInterpretation",
    "tiff:SamplesPerPixel",
    "xmpNote:HasExtendedXMP",
)
_SIDES = (
    ("tiff:ImageWidth", "tiff:ImageLength"),
    ("tiff:XResolution", "tiff:YResolution"),
    ("exif:PixelXDimension", "exif:PixelYDimension"),
)

_MOST_LEVELS = 100  # of elements; a library that writes XML calls itself for each

Shape = Literal["text", "alt", "bag", "seq"]


@dataclass(frozen=True)
class Property:
    """A property such as "dc:title" with its values; `alt` is a text by language, `seq` keeps an order."""

    name: str
    shape: Shape
    values: tuple[str, ...]


class Packet:
    """One packet; a ValueError says that `data` is none."""

    def __init__(self, data: bytes = _EMPTY) -> None:
        try:
            self._document: Document = parseString(data.strip(b"\0 \r\n\t"))
        except (ExpatError, UnicodeError, LookupError) as error:
            raise ValueError(f"no XMP: {error}") from error
        if _is_deeper(self._document, _MOST_LEVELS):
            raise ValueError("no XMP: too deep")
        found = self._document.getElementsByTagNameNS(_RDF, "RDF")
        if self._document.doctype is not None or not found:
            raise ValueError("no XMP")
        self._rdf: Element = found[0]

    def to_bytes(self) -> bytes:
        """The packet, wrapped as files carry it."""
        root = self._document.documentElement
        assert root is not None  # a parsed document has one
        return _BEGIN + root.toxml(encoding="utf-8") + _END

    def get(self, name: str) -> str | None:
        """The text of a simple property; "" for one that is a structure, None for one that is not there."""
        space, local = _split(name)
        for description in self._descriptions():
            if description.hasAttributeNS(space, local):
                return description.getAttributeNS(space, local)
            for child in _children(description, space, local):
                text = child.firstChild
                return text.nodeValue or "" if text is not None and text.nodeType == text.TEXT_NODE else ""
        return None

    def remove(self, name: str) -> None:
        """Leave the property out, wherever it stands."""
        space, local = _split(name)
        for description in self._descriptions():
            if description.hasAttributeNS(space, local):
                description.removeAttributeNS(space, local)
            for child in _children(description, space, local):
                description.removeChild(child)

    def put(self, wanted: Property) -> None:
        """Set the property in place of what it was."""
        self.remove(wanted.name)
        description = self._new_description(wanted.name.split(":")[0])
        element = self._child(description, wanted.name, _split(wanted.name)[0])
        if wanted.shape == "text":
            element.appendChild(self._document.createTextNode(wanted.values[0]))
            return
        container = self._child(element, f"rdf:{wanted.shape.capitalize()}", _RDF)
        for value in wanted.values:
            item = self._child(container, "rdf:li", _RDF)
            if wanted.shape == "alt":
                item.setAttribute("xml:lang", "x-default")
            item.appendChild(self._document.createTextNode(value))

    def _new_description(self, prefix: str) -> Element:
        """One more description of the same thing, where `prefix` surely means what we mean by it."""
        others = self._descriptions()
        about = others[0].getAttributeNS(_RDF, "about") if others else ""
        description = self._child(self._rdf, "rdf:Description", _RDF)
        description.setAttribute("xmlns:rdf", _RDF)
        description.setAttributeNS(_RDF, "rdf:about", about)
        description.setAttribute(f"xmlns:{prefix}", _NAMESPACES[prefix])
        return description

    def _child(self, parent: Element, name: str, space: str) -> Element:
        element = self._document.createElementNS(space, name)
        parent.appendChild(element)
        return element

    def _descriptions(self) -> list[Element]:
        return _children(self._rdf, _RDF, "Description")


def orientation(data: bytes) -> int | None:
    """1..8, how the pixels must be turned; None where the packet does not say, or is damaged."""
    try:
        text = Packet(data).get("tiff:Orientation") or ""
    except ValueError:
        return None
    return int(text) if re.fullmatch("[1-8]", text.strip()) else None


def upright(data: bytes, sideways: bool) -> bytes | None:
    """The packet as it is right for upright sRGB pixels; None if it is damaged."""
    try:
        packet = Packet(data)
    except ValueError:
        return None
    for name in _OUTDATED:
        packet.remove(name)
    for name, value in (("tiff:Orientation", "1"), ("exif:ColorSpace", "1")):
        if packet.get(name) is not None:
            packet.put(Property(name, "text", (value,)))
    if sideways:
        for horizontal, vertical in _SIDES:
            _swap(packet, horizontal, vertical)
    return packet.to_bytes()


def with_properties(data: bytes | None, added: list[Property]) -> bytes:
    """The packet with those of `added` that it does not have yet."""
    packet = Packet(data or _EMPTY)
    for one in added:
        if packet.get(one.name) is None:
            packet.put(one)
    return packet.to_bytes()


def with_provenance(data: bytes | None, provenance: Provenance) -> bytes:
    """The packet with what IPTC's standard says of pictures a model had a part in."""
    packet = Packet(data or _EMPTY)
    packet.put(Property("Iptc4xmpExt:DigitalSourceType", "text", (DIGITAL_SOURCE,)))
    terms = f" ({provenance.licence})" if provenance.licence else ""
    system = f"{provenance.software}, model {provenance.model}{terms}"
    packet.put(Property("Iptc4xmpExt:AISystemUsed", "text", (system,)))
    packet.put(Property("Iptc4xmpExt:AISystemVersionUsed", "text", (f"sha256:{provenance.sha256}",)))
    if told := "; ".join(_guidance(provenance)):
        packet.put(Property("Iptc4xmpExt:AIPromptInformation", "text", (told,)))
    if packet.get("xmp:CreatorTool") is None:  # the tool that made the grey photograph keeps its name
        packet.put(Property("xmp:CreatorTool", "text", (system,)))
    return packet.to_bytes()


def _guidance(provenance: Provenance) -> Iterator[str]:
    """What guided the model, in words."""
    if provenance.hints:
        yield f"colour hints by a person at {provenance.hints} places"
    if provenance.references:
        yield f"colours of a reference photograph: {', '.join(provenance.references)}"


def _is_deeper(document: Document, levels: int) -> bool:
    """Whether elements are nested deeper than this."""
    row: list[Node] = [document]
    for _ in range(levels):
        row = [child for node in row for child in node.childNodes]
    return bool(row)


def _swap(packet: Packet, one: str, other: str) -> None:
    first, second = packet.get(one), packet.get(other)
    if first is not None and second is not None:
        packet.put(Property(one, "text", (second,)))
        packet.put(Property(other, "text", (first,)))


def _split(name: str) -> tuple[str, str]:
    prefix, local = name.split(":")
    return _NAMESPACES[prefix], local


def _children(parent: Element, space: str, local: str) -> list[Element]:
    return [
        child
        for child in parent.childNodes
        if isinstance(child, Element) and child.namespaceURI == space and child.localName == local
    ]
