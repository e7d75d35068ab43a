import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { type Struct } from "google-protobuf/google/protobuf/struct_pb";

import { STANDING_STORAGE, standingStorage } from "../functions/standing-storage";
import { type Fields } from "../objects/fields";
import * as lifeCycle from "../objects/life-cycle";
import { Refusal, Unfinished } from "../objects/refusal";
import { objectOf } from "../objects/registry";
import { type Site } from "../objects/site";
import { nameOf, type SiteObject } from "../objects/site-object";
import {
  CONFIGURATION,
  configurationProblems,
  problemsOf,
  SECRET_KEYS,
  settings,
  type Configuration,
  type PropertyProblem,
} from "./configuration";
import { type LineKind } from "./engine-log";
import { checked, propertyDiff, typeOf } from "./answers";
import { failure, type LeftBehind } from "./failure";
import { Secrets } from "./secrets";
import { decode, encode, type Properties } from "./values";

/** Makes the site of a configuration; tests give their own. */
export type SiteOf = (config: Configuration, secrets: Secrets) => Site;

/** What Pulumi's engine asks of a provider, over the objects of a site. Every error is one sentence without a secret. */
export class ProviderService {
  readonly #secrets = new Secrets();
  #site: Site | undefined;
  /** Objects that a resource of this run made or took over, by name, with the resource. */
  readonly #claimed = new Map<string, string>();

  constructor(
    private readonly siteOf: SiteOf,
    private readonly say: (urn: string, line: string, kind: LineKind) => void,
  ) {}

  /** Names all that is wrong with the provider's configuration. */
  checkConfig(request: messages.CheckRequest): messages.CheckResponse {
    const news = this.#decoded(request.getNews(), SECRET_KEYS);
    const inputs = encode(news.known, new Set([...news.secret, ...SECRET_KEYS]), news.unknown);
    return checked(inputs, configurationProblems(news.known, news.unknown));
  }

  /** Says whether the configuration changed. It never asks for a replacement: that would replace every resource with it. */
  diffConfig(request: messages.DiffRequest): messages.DiffResponse {
    const [olds, news] = [decode(request.getOlds()), decode(request.getNews())];
    const changed = news.unknown.size > 0 || JSON.stringify(olds.known) !== JSON.stringify(news.known);
    return new messages.DiffResponse().setChanges(changed ? SOME : NONE);
  }

  /** Takes the configuration. Nothing is asked of the site yet. */
  configure(request: messages.ConfigureRequest): messages.ConfigureResponse {
    const { known, unknown } = this.#decoded(request.getArgs(), SECRET_KEYS);
    SECRET_KEYS.forEach((key) => {
      this.#secrets.addToken(known[key]);
    });
    if (unknown.size === 0) {
      const parsed = CONFIGURATION.safeParse(settings(known));
      if (!parsed.success) throw new Refusal(configurationText(problemsOf(parsed.error.issues)));
      this.#site = this.siteOf(parsed.data, this.#secrets);
    }
    return new messages.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true);
  }

  /** Names all that is wrong with a resource's inputs. */
  check(request: messages.CheckRequest): messages.CheckResponse {
    const object = objectOf(typeOf(request));
    const news = this.#decoded(request.getNews(), object.secrets);
    const parsed = object.inputs.safeParse(news.known);
    const problems = parsed.success ? [] : problemsOf(parsed.error.issues);
    const known = problems.filter(({ property }) => !news.unknown.has(property));
    return checked(encode(news.known, secretsOf(object, news), news.unknown), known);
  }

  /** Names the fields in which the program differs from the state. Nothing is ever replaced. */
  diff(request: messages.DiffRequest): messages.DiffResponse {
    const object = objectOf(typeOf(request));
    const seen = this.#decoded(request.getOlds(), object.secrets).known;
    const wanted = this.#decoded(request.getNews(), object.secrets);
    const ignored = request.getIgnorechangesList();
    const fields = lifeCycle.diff(object, seen, wanted).filter((field) => !ignored.includes(field));
    const response = new messages.DiffResponse().setHasdetaileddiff(true).setChanges(fields.length > 0 ? SOME : NONE);
    response.setDiffsList(fields);
    for (const field of fields) response.getDetaileddiffMap().set(field, propertyDiff(seen, wanted, field));
    return response;
  }

  /** Makes or adopts an object; in a preview, only says what would come of it. */
  async create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const object = objectOf(typeOf(request));
    const wanted = this.#decoded(request.getProperties(), object.secrets);
    const site = this.#siteFor(request.getUrn());
    this.#claim(object, wanted, request.getUrn());
    const { id, outputs, unknown } = await this.#kept(object, wanted, () =>
      lifeCycle.create(object, site, wanted, request.getPreview()),
    );
    return new messages.CreateResponse().setId(id).setProperties(this.#encoded(object, wanted, outputs, unknown));
  }

  /** The living object, for a refresh or an import; an empty identifier says that it is gone. */
  async read(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const object = objectOf(typeOf(request));
    const state = this.#decoded(request.getProperties(), object.secrets);
    const inputs = this.#decoded(request.getInputs(), object.secrets);
    const isImport = Object.keys(state.known).length === 0;
    const site = this.#siteFor(request.getUrn());
    const found = await lifeCycle.read(object, site, request.getId(), isImport ? undefined : state.known);
    if (found === undefined) return new messages.ReadResponse();
    const written = lifeCycle.inputsOf(object, found.outputs, inputs.known);
    this.#sayWhatIsMissing(object, site, found.outputs, isImport);
    return new messages.ReadResponse()
      .setId(found.id)
      .setProperties(this.#encoded(object, state, found.outputs))
      .setInputs(this.#encoded(object, inputs, written));
  }

  /** Makes the living object what the program says; in a preview, only says what would come of it. */
  async update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const object = objectOf(typeOf(request));
    const seen = this.#decoded(request.getOlds(), object.secrets);
    const news = this.#decoded(request.getNews(), object.secrets);
    const wanted = withIgnored(news, seen, request.getIgnorechangesList());
    const site = this.#siteFor(request.getUrn());
    const { outputs, unknown } = await this.#kept(object, wanted, () =>
      lifeCycle.update(object, site, seen.known, wanted, request.getPreview()),
    );
    return new messages.UpdateResponse().setProperties(this.#encoded(object, wanted, outputs, unknown));
  }

  /** Removes what we made; releases what was adopted. */
  async delete(request: messages.DeleteRequest): Promise<void> {
    const object = objectOf(typeOf(request));
    const seen = this.#decoded(request.getProperties(), object.secrets).known;
    if (seen["adopted"] !== false) return;
    const site = this.#siteFor(request.getUrn());
    if (this.#claimed.has(nameOf(object, seen))) {
      // Renamed in the program, or replaced by hand: to delete it now would take it from the resource that has it.
      site.note(`${nameOf(object, seen)} stays: another resource of this program has it now`);
      return;
    }
    await lifeCycle.remove(object, site, seen);
  }

  /** Answers a question about the site. Nothing is answered while the configuration is not known yet, as in a first preview. */
  async invoke(request: messages.InvokeRequest): Promise<messages.InvokeResponse> {
    const token = request.getTok();
    if (token !== STANDING_STORAGE) throw new Refusal(`expected ${STANDING_STORAGE}, got ${token}`);
    const { known } = this.#decoded(request.getArgs(), []);
    if (this.#site === undefined) return new messages.InvokeResponse().setReturn(encode(known, new Set(), []));
    const answer = await standingStorage(this.#site, known);
    return new messages.InvokeResponse().setReturn(encode(answer, new Set(), []));
  }

  /** An error as the engine may show it. */
  failureOf(error: unknown): ReturnType<typeof failure> {
    if (error instanceof Kept) return failure(this.#secrets.blotted(error.message), error.left);
    return failure(this.#secrets.blotted(error instanceof Error ? error.message : String(error)));
  }

  /** Runs `step`; when it stops half way, what there is goes into the state. */
  async #kept<T>(object: SiteObject, wanted: Properties, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
      object.secrets.forEach((field) => {
        this.#secrets.add(error.outputs[field]);
      });
      const outputs = this.#encoded(object, wanted, error.outputs);
      const inputs = this.#encoded(object, wanted, wanted.known);
      throw new Kept(error.message, { id: object.idOf(error.outputs), outputs, inputs });
    }
  }

  /**
   * Notes which resource has an object.
   * @throws {Refusal} When two say that they have the same one.
   */
  #claim(object: SiteObject, { known, unknown }: Properties, urn: string): void {
    if (object.plan !== undefined || object.identity.some((field) => unknown.has(field))) return;
    const name = nameOf(object, known);
    const other = this.#claimed.get(name) ?? urn;
    if (other !== urn) throw new Refusal(`${name} is declared twice, by ${other} and by ${urn}. Keep one of them`);
    this.#claimed.set(name, urn);
  }

  #siteFor(urn: string): Site {
    const site = this.#site;
    if (site === undefined)
      throw new Refusal("expected the provider to be configured first; its configuration is not known yet");
    const say = (kind: LineKind) => (line: string) => {
      this.say(urn, this.#secrets.blotted(line), kind);
    };
    return { ...site, progress: say("progress"), note: say("note"), tell: say("warning") };
  }

  #sayWhatIsMissing(object: SiteObject, site: Site, outputs: Fields, isImport: boolean): void {
    const missing = object.secrets.filter((field) => outputs[field] === undefined);
    if (!isImport || missing.length === 0) return;
    site.tell(`${missing.join(", ")} cannot be read from the site, so the state does not hold it after this import`);
  }

  #decoded(struct: Struct | undefined, secretFields: readonly string[]): Properties {
    const properties = decode(struct);
    for (const field of [...secretFields, ...properties.secret]) this.#secrets.add(properties.known[field]);
    return properties;
  }

  #encoded(object: SiteObject, from: Properties, fields: Fields, unknown: readonly string[] = []): Struct {
    for (const field of object.secrets) this.#secrets.add(fields[field]);
    return encode(fields, secretsOf(object, from), unknown);
  }
}

const { DIFF_SOME: SOME, DIFF_NONE: NONE } = messages.DiffResponse.DiffChanges;

/** An error of a step that left something behind. */
class Kept extends Error {
  constructor(
    message: string,
    public readonly left: LeftBehind,
  ) {
    super(message);
  }
}

function secretsOf(object: SiteObject, { secret }: Properties): Set<string> {
  return new Set([...secret, ...object.secrets]);
}

/** What the program tells the engine to ignore stays as the state has it. */
function withIgnored(news: Properties, seen: Properties, ignored: readonly string[]): Properties {
  const kept = Object.fromEntries(ignored.map((field) => [field, seen.known[field]]));
  const known = Object.entries({ ...news.known, ...kept }).filter(([, value]) => value !== undefined);
  const unknown = new Set([...news.unknown].filter((field) => !ignored.includes(field)));
  return { known: Object.fromEntries(known), unknown, secret: news.secret };
}

function configurationText(problems: readonly PropertyProblem[]): string {
  const lines = problems.map(({ property, reason }) => `  - resilience:${property}: ${reason}`);
  return ["The provider's configuration is invalid:", ...lines].join("\n");
}
