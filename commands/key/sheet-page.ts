import { escaped } from "../escaped";
import encodeQR from "qr";

import { escrowText, type Escrow } from "../../provider/keys/escrow";
import { groupLines } from "../../provider/keys/key-groups";

/**
 * The escrow sheet as a page to be printed: the key as a picture that a telephone reads, as groups that a person types, and the whole
 * sheet as text. **It holds the key in the clear.**
 */
export function sheetPage(escrow: Escrow): string {
  const { site, date, key } = escrow;
  const picture = encodeQR(key.json, "svg", { ecc: "quartile" });
  const rows = groupLines(key).map((line) => `<li><code>${escaped(line.slice(3))}</code></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Escrow sheet of ${escaped(site)}</title>
<style>${PAPER}</style>
</head>
<body>
<h1>Escrow sheet for the backups of ${escaped(site)}</h1>
<p>Written on ${escaped(date)}. Whoever holds it and a login to the backup server can read every backup; without it, after a fire,
nobody can. Keep it away from the site. Look at it twice a year.</p>
<div class="key">
${picture}
<div>
<p>The key, to be scanned, or typed line by line. The last two digits of a line show a slip.</p>
<ol>
${rows.join("\n")}
</ol>
<p>Fingerprint<br><code>${escaped(key.fingerprint.slice(0, 47))}</code><br><code>${escaped(key.fingerprint.slice(48))}</code></p>
</div>
</div>
<pre>${escaped(escrowText(escrow))}</pre>
${masterPictures(escrow)}</body>
</html>
`;
}

/** How a sheet looks on paper. */
export const PAPER = `
  @page { size: A4; margin: 14mm; }
  body { font: 11pt/1.4 sans-serif; color: #000; background: #fff; max-width: 180mm; margin: 0 auto; }
  h1 { font-size: 16pt; margin: 0 0 2mm; }
  .key { display: flex; gap: 6mm; align-items: center; border: 0.5mm solid #000; padding: 4mm; margin: 4mm 0; break-inside: avoid; }
  .key svg { width: 62mm; height: 62mm; flex: none; }
  .key div { min-width: 0; }
  .key p code { font-size: 8pt; }
  ol { margin: 0; padding-left: 6mm; }
  code, pre { font-family: monospace; }
  li code { font-size: 15pt; letter-spacing: 0.3mm; }
  .master { break-before: page; }
  .master h2 { font-size: 13pt; }
  figure { display: inline-block; width: 80mm; margin: 2mm; break-inside: avoid; }
  figure svg { width: 78mm; height: 78mm; }
  pre { font-size: 7.5pt; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
`;

/** Characters in one picture: more make modules that a telephone no longer tells apart on paper. */
const PART = 900;

/** The locked master key as pictures, to be scanned one after the other. */
function masterPictures({ masterKey }: Escrow): string {
  if (masterKey === undefined) return "";
  const pictures = masterKeyParts(masterKey).map((part) => encodeQR(part, "svg", { ecc: "medium" }));
  const figures = pictures.map((picture, index) => `<figure>${picture}<figcaption>${index + 1}</figcaption></figure>`);
  return `<section class="master">
<h2>The master key, locked with a passphrase that is not on this sheet</h2>
<p>${figures.length} pictures, to be scanned in their order and written one after the other into master.pem.</p>
${figures.join("\n")}
</section>
`;
}

/** The parts that the pictures hold; put together they are the master key. */
export function masterKeyParts(masterKey: string): string[] {
  const count = Math.ceil(masterKey.length / PART);
  return Array.from({ length: count }, (_, index) => masterKey.slice(index * PART, (index + 1) * PART));
}
