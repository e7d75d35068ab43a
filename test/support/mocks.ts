import * as pulumi from "@pulumi/pulumi";
import { type RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** The options of a registration on which data depends. */
export interface GuardOptions {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly importId: string;
  /** Names of the resources that must be there first. */
  readonly after: readonly string[];
}

/** Registrations the engine would have received, in the order in which they came. */
export class Registrations {
  readonly #all: pulumi.runtime.MockResourceArgs[] = [];
  readonly #requests: RegisterResourceRequest[] = [];

  record(args: pulumi.runtime.MockResourceArgs): void {
    this.#all.push(args);
  }

  recordRequest(request: RegisterResourceRequest): void {
    this.#requests.push(request);
  }

  /** Types of all registered resources with their names, in order. */
  get everything(): { type: string; name: string }[] {
    return this.#requests.map((request) => ({ type: request.getType(), name: request.getName() }));
  }

  /** Inputs of every registered resource of `type`, keyed by logical name. */
  ofType(type: string): Record<string, Record<string, unknown>> {
    const ofType = this.#all.filter((resource) => resource.type === type);
    return Object.fromEntries(ofType.map(({ name, inputs }) => [name, inputs as Record<string, unknown>]));
  }

  /** Options with which a resource reached the engine; mocks alone do not show them. */
  optionsOf(name: string, type: string): GuardOptions {
    const request = this.requestOf(name, type);
    return {
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      importId: request.getImportid(),
      after: request.getDependenciesList().map((urn) => urn.split("::").at(-1) ?? urn),
    };
  }

  /** The registration itself, as the engine would read it. */
  requestOf(name: string, type: string): RegisterResourceRequest {
    const found = this.#requests.filter((request) => request.getName() === name && request.getType() === type);
    const [request, ...others] = found;
    if (request === undefined || others.length > 0)
      throw new Error(`Expected one ${type} "${name}", got ${found.length}.`);
    return request;
  }
}

/** What each mocked resource answers beyond its inputs: what only the site could say. */
export type Answers = (args: pulumi.runtime.MockResourceArgs) => Record<string, unknown>;

/** What provider functions answer, by token. */
export type Calls = Readonly<Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>>;

/** Puts Pulumi in unit-test mode; each resource answers with its own inputs and `answers`, and only calls that are named are allowed. */
export async function mockPulumi(answers: Answers = () => ({}), calls: Calls = {}): Promise<Registrations> {
  const registrations = new Registrations();
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registrations.record(args);
        const state = { ...(args.inputs as Record<string, unknown>), ...answers(args) };
        return { id: args.id === undefined || args.id === "" ? `${args.name}-id` : args.id, state };
      },
      call({ token, inputs }) {
        const answer = calls[token];
        if (answer === undefined) throw new Error(`No mock for provider function ${token}.`);
        return answer(inputs as Record<string, unknown>);
      },
    },
    "tappaas-resilience",
    "test",
  );
  watchRequests(registrations);
  return registrations;
}

/** URNs of `resources`, once each of them, and so its inputs, has reached the mocked engine. */
export function registered(...resources: readonly pulumi.Resource[]): Promise<string[]> {
  return Promise.all(resources.map(({ urn }) => valueOf(urn)));
}

/** Waits until everything that was declared has reached the mocked engine. */
export async function settled(): Promise<void> {
  await pulumi.runtime.disconnect();
}

/** The value of an output; a test that needs it waits until it is there. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the monitor that it is taken from
const registerResource = MockMonitor.prototype.registerResource;

/** Lets `registrations` see each request whole, as the engine would. */
function watchRequests(registrations: Registrations): void {
  MockMonitor.prototype.registerResource = function (this: MockMonitor, request, callback) {
    registrations.recordRequest(request as RegisterResourceRequest);
    return registerResource.call(this, request, callback);
  };
}
