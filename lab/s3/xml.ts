/** What an element holds: text, or elements by name; a list is the same element several times. */
export type Xml = string | number | boolean | { readonly [name: string]: Xml | readonly Xml[] | undefined };

/** A document as AWS answers it, with its namespace. */
export function document(root: string, content: Xml, namespace = NAMESPACE): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${namespace}">${inner(content)}</${root}>`;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

function inner(content: Xml): string {
  if (typeof content !== "object") return escaped(String(content));
  return Object.entries(content)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? (value as Xml[]) : [value as Xml | undefined]).map((one) => [name, one] as const),
    )
    .map(([name, value]) => (value === undefined ? "" : `<${name}>${inner(value)}</${name}>`))
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
