import {
  type components,
  dataOf,
  type FeedEntry,
  followDecisions,
  followEvents,
  type LogLine,
  OperationTimeout,
  readLog,
  type ScalingDecision,
  toApiError,
  waitForOperation,
} from '#slipway/client';
import { type BlobSource, DistributionClient, DistributionError } from '#slipway/oci';
import { ApiBase } from './api-base.js';
import { fromDistribution, nextAfter } from './api-errors.js';
import { EnvironmentsApi } from './environments-api.js';
import { CliError } from './errors.js';
import { SecretsApi } from './secrets-api.js';
import type { Profile } from './profile.js';

type Schemas = components['schemas'];
export type Model = Schemas['Model'];
export type ModelRegistration = Schemas['ModelRegistration'];
export type Manifest = Schemas['Manifest'];
export type ManifestCreation = Schemas['ManifestCreation'];
export type Image = Schemas['Image'];
export type Service = Schemas['Service'];
export type Deployment = Schemas['Deployment'];
export type Accepted = Schemas['Accepted'];
export type AuthKeys = Schemas['AuthKeys'];
export type Accounting = Schemas['ServiceAccounting'];
export type ServiceSettings = Omit<Schemas['ServiceCreation'], 'name' | 'imageId' | 'computeResource'>;

/** The gateway as the commands see it: plain values in and out, and errors that a user can act on. */
export class SlipwayApi extends ApiBase {
  readonly environments: EnvironmentsApi;
  readonly secrets: SecretsApi;

  constructor(profile: Profile) {
    super(profile);
    this.environments = new EnvironmentsApi(profile);
    this.secrets = new SecretsApi(profile);
  }

  registerModel(body: ModelRegistration, key: string): Promise<Model> {
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/models', {
          params: { path: this.account, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    );
  }
  getModel(ref: string): Promise<Model> {
    return this.ask(
      dataOf(this.client.GET('/api/v1/accounts/{account}/models/{ref}', { params: { path: { ...this.account, ref } } })),
    );
  }
  listModels(query: { name?: string | undefined; tag?: string | undefined }): Promise<Model[]> {
    return this.all((page) =>
      this.client.GET('/api/v1/accounts/{account}/models', { params: { path: this.account, query: { ...query, ...page } } }),
    );
  }

  createManifest(body: ManifestCreation, key: string): Promise<Manifest> {
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/manifests', {
          params: { path: this.account, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    );
  }
  getManifest(ref: string): Promise<Manifest> {
    return this.ask(
      dataOf(this.client.GET('/api/v1/accounts/{account}/manifests/{ref}', { params: { path: { ...this.account, ref } } })),
    );
  }
  listManifests(query: { modelId?: string; manifestName?: string }): Promise<Manifest[]> {
    return this.all((page) =>
      this.client.GET('/api/v1/accounts/{account}/manifests', { params: { path: this.account, query: { ...query, ...page } } }),
    );
  }

  createImage(body: Schemas['ImageRequest'], key: string): Promise<Accepted> {
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/images', {
          params: { path: this.account, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    );
  }
  getImage(ref: string): Promise<Image> {
    return this.ask(
      dataOf(this.client.GET('/api/v1/accounts/{account}/images/{ref}', { params: { path: { ...this.account, ref } } })),
    );
  }
  listImages(query: { imageName?: string; manifestId?: string }): Promise<Image[]> {
    return this.all((page) =>
      this.client.GET('/api/v1/accounts/{account}/images', { params: { path: this.account, query: { ...query, ...page } } }),
    );
  }

  createService(body: Schemas['ServiceCreation'], key: string): Promise<Accepted> {
    const id = this.profile.environment ?? this.profile.currentEnvironment;
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/services', {
          params: { path: this.account, header: { 'Idempotency-Key': key } },
          body: id === undefined ? body : { computeResource: { id, type: 'Cluster' }, ...body },
        }),
      ),
    );
  }
  async updateService(named: string, body: Schemas['ServiceUpdate'], key: string): Promise<Accepted> {
    const ref = await this.resolve(named);
    return this.ask(
      dataOf(
        this.client.PUT('/api/v1/accounts/{account}/services/{ref}', {
          params: { path: { ...this.account, ref }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    );
  }
  getService(ref: string): Promise<Service> {
    const { environment, currentEnvironment } = this.profile;
    const query = {
      ...(environment === undefined ? {} : { environment }),
      ...(currentEnvironment === undefined ? {} : { currentEnvironment }),
    };
    return this.ask(
      dataOf(this.client.GET('/api/v1/accounts/{account}/services/{ref}', { params: { path: { ...this.account, ref }, query } })),
    );
  }
  /** Without an environment that was named or set a name is the server's to find; else its service's id. */
  private async resolve(ref: string): Promise<string> {
    const { environment, currentEnvironment } = this.profile;
    return environment === undefined && currentEnvironment === undefined ? ref : (await this.getService(ref)).id;
  }
  listServices(query: { serviceName?: string }): Promise<Service[]> {
    const computeResourceId = this.profile.environment ?? this.profile.currentEnvironment;
    const filter = { ...query, ...(computeResourceId === undefined ? {} : { computeResourceId }) };
    return this.all((page) =>
      this.client.GET('/api/v1/accounts/{account}/services', { params: { path: this.account, query: { ...filter, ...page } } }),
    );
  }
  /** False when there was nothing to delete. */
  async deleteService(named: string, key: string): Promise<boolean> {
    const ref = await this.resolve(named).catch((error: unknown) => {
      if (error instanceof CliError && error.code === 'not_found') return undefined;
      throw error;
    });
    if (ref === undefined) return false;
    return this.ask(
      this.client
        .DELETE('/api/v1/accounts/{account}/services/{ref}', {
          params: { path: { ...this.account, ref }, header: { 'Idempotency-Key': key } },
        })
        .then(({ response, error }) => {
          if (!response.ok) throw toApiError(response.status, error);
          return response.status !== 204;
        }),
    );
  }

  async getKeys(named: string): Promise<AuthKeys> {
    const ref = await this.resolve(named);
    return this.ask(
      dataOf(this.client.GET('/api/v1/accounts/{account}/services/{ref}/keys', { params: { path: { ...this.account, ref } } })),
    );
  }
  async regenerateKey(named: string, keyType: 'Primary' | 'Secondary', key: string): Promise<AuthKeys> {
    const ref = await this.resolve(named);
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/services/{ref}/regenerateKeys', {
          params: { path: { ...this.account, ref }, header: { 'Idempotency-Key': key } },
          body: { keyType },
        }),
      ),
    );
  }
  async getTelemetry(named: string): Promise<Accounting> {
    const ref = await this.resolve(named);
    return this.ask(
      dataOf(
        this.client.GET('/api/v1/accounts/{account}/services/{ref}/telemetry', { params: { path: { ...this.account, ref } } }),
      ),
    );
  }

  async *logs(
    named: string,
    options: { requestId?: string; maxLines: number; follow?: boolean; previous?: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<LogLine> {
    const query = {
      maxLines: String(options.maxLines),
      ...(options.requestId ? { requestId: options.requestId } : {}),
      ...(options.follow ? { follow: 'true' } : {}),
      ...(options.previous ? { previous: 'true' } : {}),
    };
    const ref = await this.resolve(named);
    yield* this.stream(readLog(this.client, this.profile.account, ref, query, signal));
  }
  async *events(after: number | undefined, signal: AbortSignal): AsyncGenerator<FeedEntry> {
    yield* this.stream(followEvents(this.client, this.profile.account, after, signal));
  }

  /** The newest decisions of a service's autoscaler, oldest of them first. */
  async decisions(named: string, count: number): Promise<ScalingDecision[]> {
    const ref = await this.resolve(named);
    const page = await this.ask(
      dataOf(
        this.client.GET('/api/v1/accounts/{account}/services/{ref}/decisions', {
          params: { path: { ...this.account, ref }, query: { count } },
        }),
      ),
    );
    return page.value.toReversed();
  }
  async *followDecisions(named: string, after: string | undefined, signal: AbortSignal): AsyncGenerator<ScalingDecision> {
    const ref = await this.resolve(named);
    yield* this.stream(followDecisions(this.client, this.profile.account, ref, after, signal));
  }

  /** Sends a blob to the account's uploads; one that is there already is not sent again. */
  async upload(what: string, blob: BlobSource, signal: AbortSignal, onProgress: (sent: number) => void): Promise<void> {
    const registry = new DistributionClient({
      baseUrl: this.profile.url,
      authorization: `Bearer ${this.profile.token}`,
      // As long as any other request is tried: somebody waits for the answer.
      deadlineMs: 30_000,
    });
    try {
      await registry.pushBlob(`${this.profile.account}/uploads`, blob, { signal, onProgress });
    } catch (error) {
      throw error instanceof DistributionError ? fromDistribution(what, error, this.profile) : error;
    }
  }

  /** Waits for an operation. @throws CliError 1 or 2 when it failed, 3 when the time to wait is over. */
  async waitFor(operationId: string, signal: AbortSignal, onProgress: (text: string) => void, runId: string): Promise<void> {
    try {
      const operation = await this.ask(
        waitForOperation(this.client, this.profile.account, operationId, {
          signal,
          onProgress: ({ progress, state }) => onProgress(progress ?? state),
        }),
      );
      if (operation.state === 'Succeeded') return;
      const { code = 'internal', message = `the operation ended as ${operation.state}`, details = [] } = operation.error ?? {};
      throw new CliError(
        message,
        code === 'internal' || code === 'service_unavailable' ? 2 : 1,
        details.map((detail) => detail.message),
        nextAfter(code, operationId),
      );
    } catch (error) {
      if (error instanceof OperationTimeout)
        throw new CliError(error.message, 3, [], `go on waiting: repeat the command with --resume ${runId}`);
      throw error;
    }
  }
}

export const connectApi = (profile: Profile): SlipwayApi => new SlipwayApi(profile);
