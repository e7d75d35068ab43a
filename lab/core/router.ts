/** Anything that answers one API operation, named as the API viewers name it: `PUT /storage/{storage}`. */
export interface Routed {
  /** Verb and path template. */
  readonly name: string;
}

/** An operation found for a request, with the decoded values of its path. */
export interface Match<T extends Routed> {
  /** What answers. */
  readonly operation: T;
  /** Path parameters by name, percent-decoded after the path was split. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds operations by verb and raw path. A fixed segment wins over a parameter; one trailing slash is ignored. */
export class Router<T extends Routed> {
  private readonly routes: readonly Route<T>[];

  constructor(operations: readonly T[]) {
    this.routes = operations.map(route).sort((a, b) => a.variables - b.variables);
  }

  /** The operation that answers `verb` on `path` (below the API's base, not decoded); undefined when there is none. */
  find(verb: string, path: string): Match<T> | undefined {
    const segments = split(path);
    for (const candidate of this.routes) {
      const parameters = candidate.verb === verb ? match(candidate.segments, segments) : undefined;
      if (parameters !== undefined) return { operation: candidate.operation, parameters };
    }
    return undefined;
  }
}

interface Route<T> {
  readonly verb: string;
  readonly segments: readonly string[];
  readonly variables: number;
  readonly operation: T;
}

function route<T extends Routed>(operation: T): Route<T> {
  const [verb = "", path = ""] = operation.name.split(" ");
  const segments = split(path);
  return { verb, segments, variables: segments.filter(isVariable).length, operation };
}

function split(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function isVariable(segment: string): boolean {
  return segment.startsWith("{");
}

function match(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const came = segments[index] ?? "";
    if (isVariable(expected)) parameters[expected.slice(1, -1)] = decode(came);
    else if (expected !== came) return undefined;
  }
  return parameters;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
