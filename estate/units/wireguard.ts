/** Whether `text` is a key of WireGuard: 32 bytes in base64. */
export function isWireGuardKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);
}

/** Whether `text` may name a network interface of Linux. */
export function isInterfaceName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,14}$/.test(text);
}

/** Whether `text` is an IPv4 address of a private network (RFC 1918). */
export function isTunnelAddress(text: string): boolean {
  const parts = text.split(".").map(Number);
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || parts.some((part) => part > 255)) return false;
  const [first = 0, second = 0] = parts;
  return first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168);
}
