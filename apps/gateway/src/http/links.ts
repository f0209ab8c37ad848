import { Inject, Injectable } from '@nestjs/common';
import { type Image, type Operation, type Page, type Service } from '#slipway/contracts';

export const LINKS = Symbol('links');
export interface LinkBases {
  publicUrl: string;
  routerUrl: string;
}

/** URLs are stored relative and rendered here, so that an installation can move. */
@Injectable()
export class Links {
  constructor(@Inject(LINKS) private readonly bases: LinkBases) {}

  service(service: Service): Service {
    return {
      ...service,
      scoringUri: this.bases.routerUrl + service.scoringUri,
      swaggerUri: this.bases.routerUrl + service.swaggerUri,
    };
  }

  image(image: Image): Image {
    return { ...image, imageBuildLogUri: this.bases.publicUrl + image.imageBuildLogUri };
  }

  operation(operation: Operation): Operation {
    return { ...operation, resourceLocation: operation.resourceLocation && this.bases.publicUrl + operation.resourceLocation };
  }

  operationLocation(account: string, id: string): string {
    return `${this.bases.publicUrl}/api/v1/accounts/${account}/operations/${id}`;
  }

  events(account: string, after: number, limit: number): string {
    return `${this.bases.publicUrl}/api/v1/accounts/${account}/events?after=${after}&limit=${limit}`;
  }

  /** A page with the absolute address of the next one. */
  page<Item>(page: Page<Item>, path: string, query: Readonly<Record<string, unknown>>): { value: Item[]; nextLink?: string } {
    if (page.nextToken === undefined) return { value: page.value };
    const url = new URL(this.bases.publicUrl + path);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && name !== '$skipToken') url.searchParams.set(name, String(value as string));
    url.searchParams.set('$skipToken', page.nextToken);
    return { value: page.value, nextLink: url.href };
  }
}
