import encodeQR from "qr";

import { type BackupPlace } from "../../provider/keys/escrow";
import { shareLines, shareText, type KeyShare } from "../../provider/keys/key-shares";
import { escaped } from "../escaped";
import { PAPER } from "./sheet-page";

/** A share as a page to be printed: its lines as a picture that a telephone reads, and to be typed, and the whole sheet as text. */
export function sharePage(place: BackupPlace, share: KeyShare): string {
  const lines = shareLines(share);
  const rows = lines.map((line) => `<li><code>${escaped(line.slice(3))}</code></li>`);
  const title = `Share ${share.number} of ${share.of} of the key of ${place.site}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>${PAPER}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>Written on ${escaped(place.date)}. Any ${share.needed} of the ${share.of} give the key back; this one alone gives nothing. Keep it where none of
the others is. Look at it twice a year.</p>
<div class="key">
${encodeQR(lines.join("\n"), "svg", { ecc: "quartile" })}
<div>
<p>The share, to be scanned, or typed line by line. The last two digits of a line show a slip.</p>
<ol>
${rows.join("\n")}
</ol>
</div>
</div>
<pre>${escaped(shareText(place, share))}</pre>
</body>
</html>
`;
}
