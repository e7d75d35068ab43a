/** Whether text is a directory that can be kept file by file: absolute, without `.` and `..`, and nothing that a shell would read. */
export function isConfigDirectory(text: string): boolean {
  return /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._@+-]+)+$/.test(text);
}
