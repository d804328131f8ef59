"""Files of the formats that need making."""

import io
import zipfile
from email.message import EmailMessage


def pdf(*pages):
    """A PDF of the given pages, each a list of lines, by hand; a line may be (text, points, "F2" for bold)."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for lines in pages:
        looked = [(line, 12, "F1") if isinstance(line, str) else (*line, "F1")[:3] for line in lines]
        shown = " ".join(f"/{font} {size} Tf {size + 2} TL ({text}) Tj T*" for text, size, font in looked)
        stream = f"BT 50 800 Td {shown} ET"
        objects += [
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) + 2} 0 R "
                "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "
                "/F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> >>"
            ),
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
        kids.append(f"{len(objects) - 1} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(objects) + 1} /Root 1 0 R >>"
    return out + f"{end}\nstartxref\n{len(out)}\n%%EOF".encode()


def docx(*paragraphs, title="Risalah"):
    import docx as library

    document = library.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Ketua", "Sari"
    document.core_properties.title, document.core_properties.author = title, "Notulis"
    document.core_properties.language = "id-ID"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def mail(plain="", html="", attached=b"", charset="utf-8", **headers):
    """A mail with a plain text, a page or both, and with something attached."""
    made = EmailMessage()
    given = {"Subject": "Harga beras", "From": "Sari Dewi <sari@x.test>", "Date": "Fri, 01 Mar 2019 05:30:00 +0700"}
    for name, value in (given | headers).items():
        made[name] = value
    if plain:
        made.set_content(plain, charset=charset)
    if html and plain:
        made.add_alternative(html, subtype="html", charset=charset)
    elif html:
        made.set_content(html, subtype="html", charset=charset)
    if attached:
        made.add_attachment(attached, maintype="text", subtype="plain", filename="lampiran.txt")
    return made.as_bytes()


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()
