/** What one parameter of an operation may be. The words are those of Proxmox's API viewers. */
export interface ParameterSpecification {
  /** JSON type; a form field is text that reads as this type. */
  readonly type: "string" | "integer" | "number" | "boolean" | "array";
  /** Whether the parameter may be left out. */
  readonly optional?: true;
  /** Named format such as `pve-storage-id`, or the keys of a property string `a=1,b=2`. */
  readonly format?: string | PropertyString;
  /** Values allowed, all of them. */
  readonly enum?: readonly string[];
  /** Regular expression, anchored by the dialect; PBS writes it between slashes. */
  readonly pattern?: string;
  /** Smallest number allowed. */
  readonly minimum?: number;
  /** Largest number allowed. */
  readonly maximum?: number;
  /** Fewest characters allowed. */
  readonly minLength?: number;
  /** Most characters allowed. */
  readonly maxLength?: number;
  /** Parameter without which this one is refused. */
  readonly requires?: string;
  /** What each element of an array may be. */
  readonly items?: ParameterSpecification;
}

/** Keys of a property string. */
export type PropertyString = Readonly<Record<string, ParameterSpecification>>;

/** Parameters of one operation by name, those of its path included. */
export type Parameters = Readonly<Record<string, ParameterSpecification>>;

/** Everything but type and optional. */
export type Facets = Omit<ParameterSpecification, "type" | "optional" | "items">;

/** A text parameter. */
export function text(facets: Facets = {}): ParameterSpecification {
  return { type: "string", ...facets };
}

/** A whole number. */
export function integer(facets: Facets = {}): ParameterSpecification {
  return { type: "integer", ...facets };
}

/** A number with or without fraction. */
export function decimal(facets: Facets = {}): ParameterSpecification {
  return { type: "number", ...facets };
}

/** A boolean. */
export function flag(facets: Pick<Facets, "requires"> = {}): ParameterSpecification {
  return { type: "boolean", ...facets };
}

/** A text out of a closed list. */
export function oneOf(...values: readonly string[]): ParameterSpecification {
  return { type: "string", enum: values };
}

/** A list of values. */
export function list(items: ParameterSpecification): ParameterSpecification {
  return { type: "array", items };
}

/** The same parameter, but it may be left out. */
export function optional(parameter: ParameterSpecification): ParameterSpecification {
  return { ...parameter, optional: true };
}
