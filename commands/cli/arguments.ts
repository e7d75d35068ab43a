import { InvalidArgumentError } from "commander";

/** VMID of an argument. @throws {InvalidArgumentError} When it is none. */
export function vmidNumber(text: string): number {
  if (/^[1-9]\d{2,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a VMID from 100 to 999999999.");
}

/** A number of things or days of an argument, 1 to 100,000. @throws {InvalidArgumentError} When it is none. */
export function count(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 100_000) return number;
  throw new InvalidArgumentError("Expected a whole number from 1 on.");
}

/** TCP port of an argument. @throws {InvalidArgumentError} When it is none. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("Expected a TCP port from 1 to 65535.");
}

/** Instant of an argument. @throws {InvalidArgumentError} When it is none. */
export function instant(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('Expected an instant such as "2026-11-20T21:00:00Z".');
}

/**
 * A secret from the environment: arguments can be read by everyone on the machine.
 * @throws {Error} When it is not set, with the cure.
 */
export function secretFrom(variable: string): string {
  const value = process.env[variable];
  if (value !== undefined && value !== "") return value;
  throw new Error(`${variable} is not set.\nCure: read -rs ${variable} && export ${variable}`);
}

/** Shows a result: `lines` to a person, `value` as JSON to a program. */
export function show(json: true | undefined, value: unknown, lines: readonly string[]): void {
  console.log(json === true ? JSON.stringify(value, null, 2) : lines.join("\n"));
}
