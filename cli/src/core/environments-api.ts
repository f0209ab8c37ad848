import { type components, dataOf, toApiError } from '#slipway/client';
import { ApiBase } from './api-base.js';

type Schemas = components['schemas'];
type Accepted = Schemas['Accepted'];
export type Environment = Schemas['Environment'];
export type EnvironmentCreation = Schemas['EnvironmentCreation'];
export type EnvironmentUpdate = Schemas['EnvironmentUpdate'];
export type EnvironmentCheck = Schemas['EnvironmentChecks']['checks'][number];

export class EnvironmentsApi extends ApiBase {
  create(body: EnvironmentCreation, key: string): Promise<Accepted> {
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/environments', {
          params: { path: this.account, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    );
  }
  update(ref: string, body: EnvironmentUpdate, key: string): Promise<Accepted> {
    return this.ask(
      dataOf(
        this.client.PUT('/api/v1/accounts/{account}/environments/{ref}', {
          params: { path: { ...this.account, ref }, header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    );
  }
  get(ref: string): Promise<Environment> {
    return this.ask(
      dataOf(this.client.GET('/api/v1/accounts/{account}/environments/{ref}', { params: { path: { ...this.account, ref } } })),
    );
  }
  list(): Promise<Environment[]> {
    return this.all((page) =>
      this.client.GET('/api/v1/accounts/{account}/environments', { params: { path: this.account, query: page } }),
    );
  }
  /** The operation; undefined when there was nothing to delete. */
  async delete(ref: string, key: string): Promise<string | undefined> {
    return this.ask(
      this.client
        .DELETE('/api/v1/accounts/{account}/environments/{ref}', {
          params: { path: { ...this.account, ref }, header: { 'Idempotency-Key': key } },
        })
        .then(({ response, error, data }) => {
          if (!response.ok) throw toApiError(response.status, error);
          return data?.operationId;
        }),
    );
  }
  check(ref: string): Promise<Schemas['EnvironmentChecks']> {
    return this.ask(
      dataOf(
        this.client.POST('/api/v1/accounts/{account}/environments/{ref}/check', { params: { path: { ...this.account, ref } } }),
      ),
    );
  }
  credentials(ref: string): Promise<Schemas['EnvironmentCredentials']> {
    return this.ask(
      dataOf(
        this.client.GET('/api/v1/accounts/{account}/environments/{ref}/credentials', {
          params: { path: { ...this.account, ref } },
        }),
      ),
    );
  }
}
