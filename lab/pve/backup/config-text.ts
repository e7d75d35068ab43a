/** A guest's config as its file holds it, one `key: value` a line. */
export function configText(config: Readonly<Record<string, string>>): string {
  const lines = Object.keys(config)
    .sort()
    .map((key) => `${key}: ${config[key] ?? ""}`);
  return `${lines.join("\n")}\n`;
}

/** Reads a config file. */
export function parseConfigText(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.includes(":") && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
}
