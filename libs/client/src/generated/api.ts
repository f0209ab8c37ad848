// Generated from docs/openapi.json by `npm run gen`; never edited.

export interface paths {
  '/api/v1/accounts/{account}/models': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List models, newest first */
    get: operations['listModels'];
    put?: never;
    /** Register the next version of a model */
    post: operations['registerModel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/models/{ref}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A model by id, name:version, or name */
    get: operations['getModel'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/manifests': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List manifests, newest first */
    get: operations['listManifests'];
    put?: never;
    /** Create the next version of a manifest */
    post: operations['createManifest'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/manifests/{ref}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A manifest by id, name:version, or name */
    get: operations['getManifest'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/images': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List images, newest first */
    get: operations['listImages'];
    put?: never;
    /** Build an image from a manifest */
    post: operations['createImage'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/images/{ref}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** An image by id, name:version, or name */
    get: operations['getImage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/images/{ref}/log': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The log of a build; follow=true goes on until it ends */
    get: operations['getImageLog'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List services, newest first */
    get: operations['listServices'];
    put?: never;
    /** Create a service from an image */
    post: operations['createService'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services/{ref}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A service by id or name */
    get: operations['getService'];
    /** Change a service; URL and keys stay */
    put: operations['updateService'];
    post?: never;
    /** Delete a service; 204 when there was none */
    delete: operations['deleteService'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services/{ref}/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The keys of a service */
    get: operations['getServiceKeys'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services/{ref}/regenerateKeys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make one key new */
    post: operations['regenerateServiceKeys'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services/{ref}/telemetry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What became of every prediction */
    get: operations['getServiceTelemetry'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services/{ref}/logs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What the replicas wrote, one JSON object a line */
    get: operations['getServiceLogs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/operations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How a change is going */
    get: operations['getOperation'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/deployments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Rollouts, newest first */
    get: operations['listDeployments'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/deployments/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One rollout */
    get: operations['getDeployment'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/environments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List environments */
    get: operations['listEnvironments'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/environments/{ref}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** An environment by id or name */
    get: operations['getEnvironment'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What happened; with Accept: text/event-stream a stream that goes on */
    get: operations['listEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Model: {
      /** Format: uuid */
      id: string;
      name: string;
      version: number;
      url: string;
      mimeType: string;
      unpack: boolean;
      tags: string[];
      description: string | null;
      digest: string;
      contentDigest: string | null;
      size: number;
      path: string;
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
    };
    ModelRegistration: {
      name: string;
      url: string;
      /** @default application/octet-stream */
      mimeType?: string;
      /** @default true */
      unpack?: boolean;
      /** @default [] */
      tags?: string[];
      description?: string;
    };
    Manifest: {
      /** Format: uuid */
      id: string;
      name: string;
      version: number;
      description: string | null;
      driverProgram: string;
      entry: string;
      schemaPath: string | null;
      assets: {
        id: string;
        url: string;
        mimeType: string;
        unpack: boolean;
        digest: string;
        path: string;
        size: number;
      }[];
      targetRuntime: {
        /** @enum {string} */
        runtimeType: 'Python' | 'SparkPython';
        /** @default {} */
        properties: {
          pipRequirements?: string;
          condaEnvFile?: string;
        };
      };
      modelIds: string[];
      models: {
        /** Format: uuid */
        id: string;
        name: string;
        version: number;
        digest: string;
        path: string;
        size: number;
      }[];
      /** @constant */
      modelType: 'Registered';
      /** @constant */
      webserviceType: 'Realtime';
      python: string;
      /** @enum {string} */
      platform: 'linux/amd64' | 'linux/arm64';
      /** Format: date-time */
      createdTime: string;
      createdBy: string;
    };
    ManifestCreation: {
      name: string;
      description?: string;
      driverProgram: string;
      schemaAsset?: string;
      assets: {
        id: string;
        url: string;
        /** @default application/octet-stream */
        mimeType?: string;
        /** @default true */
        unpack?: boolean;
      }[];
      targetRuntime: {
        /**
         * @default Python
         * @enum {string}
         */
        runtimeType?: 'Python' | 'SparkPython';
        /** @default {} */
        properties?: {
          pipRequirements?: string;
          condaEnvFile?: string;
        };
      };
      /** @default [] */
      modelIds?: string[];
      /**
       * @default Registered
       * @constant
       */
      modelType?: 'Registered';
      /**
       * @default Realtime
       * @constant
       */
      webserviceType?: 'Realtime';
    };
    Image: {
      /** Format: uuid */
      id: string;
      name: string;
      version: number;
      description: string | null;
      /** @constant */
      imageType: 'Docker';
      imageLocation: string | null;
      digest: string | null;
      imageBuildLogUri: string;
      /** @enum {string} */
      creationState: 'NotStarted' | 'Running' | 'Cancelled' | 'Succeeded' | 'Failed';
      /** Format: date-time */
      createdTime: string;
      createdBy: string;
      computeResourceId: string | null;
      /** Format: uuid */
      manifestId: string;
      manifest: components['schemas']['Manifest'];
      error: {
        code: string;
        message: string;
        /** @default [] */
        details: {
          code: string;
          message: string;
        }[];
      } | null;
    };
    ImageRequest: {
      name: string;
      manifestId: string;
      /**
       * @default Docker
       * @constant
       */
      imageType?: 'Docker';
      computeResourceId?: string;
      description?: string;
    };
    Service: {
      /** Format: uuid */
      id: string;
      name: string;
      environment: string;
      /** @enum {string} */
      state: 'NotStarted' | 'Running' | 'Cancelled' | 'Succeeded' | 'Failed';
      scoringUri: string;
      swaggerUri: string;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      updatedAt: string;
      createdBy: string;
      image: {
        /** Format: uuid */
        id: string;
        name: string;
        version: number;
        digest: string;
        repository: string;
        /** Format: uuid */
        manifestId: string;
        manifestName: string;
        manifestVersion: number;
        entry: string;
        schemaPath: string | null;
        python: string;
        /** @enum {string} */
        platform: 'linux/amd64' | 'linux/arm64';
        models: {
          /** Format: uuid */
          id: string;
          name: string;
          version: number;
          digest: string;
          path: string;
          size: number;
        }[];
      };
      models: {
        /** Format: uuid */
        id: string;
        name: string;
        version: number;
        digest: string;
        path: string;
        size: number;
      }[];
      numReplicas: number;
      autoScaler: {
        /** @default false */
        autoscaleEnabled: boolean;
        /** @default 1 */
        minReplicas: number;
        /** @default 10 */
        maxReplicas: number;
        /** @default 1 */
        refreshPeriodInSeconds: number;
        /** @default 70 */
        targetUtilization: number;
      };
      maxConcurrentRequestsPerContainer: number;
      maxQueuedRequestsPerContainer: number;
      scoringTimeoutMs: number;
      containerResourceReservation: {
        cpu?: string;
        memory?: string;
      };
      dataCollection: {
        /** @default false */
        storageEnabled: boolean;
        /**
         * @default false
         * @constant
         */
        eventHubEnabled: false;
      };
      appInsightsEnabled: boolean;
      envNames: string[];
      revision: number | null;
      generation: number;
      observedGeneration: number;
      replicas: {
        /** Format: uuid */
        id: string;
        revision: number;
        /** @enum {string} */
        state: 'Starting' | 'Ready' | 'Draining' | 'Failed';
        restarts: number;
        /** Format: date-time */
        since: string;
      }[];
      error: {
        code: string;
        message: string;
        /** @default [] */
        details: {
          code: string;
          message: string;
        }[];
      } | null;
    };
    ServiceCreation: {
      name: string;
      imageId: string;
      computeResource?: {
        id: string;
        /**
         * @default Cluster
         * @enum {string}
         */
        type?: 'Cluster' | 'Local';
      };
      numReplicas?: number;
      autoScaler?: {
        /** @default false */
        autoscaleEnabled?: boolean;
        /** @default 1 */
        minReplicas?: number;
        /** @default 10 */
        maxReplicas?: number;
        /** @default 1 */
        refreshPeriodInSeconds?: number;
        /** @default 70 */
        targetUtilization?: number;
      };
      maxConcurrentRequestsPerContainer?: number;
      maxQueuedRequestsPerContainer?: number;
      scoringTimeoutMs?: number;
      containerResourceReservation?: {
        cpu?: string;
        memory?: string;
      };
      dataCollection?: {
        /** @default false */
        storageEnabled?: boolean;
        /**
         * @default false
         * @constant
         */
        eventHubEnabled?: false;
      };
      appInsightsEnabled?: boolean;
      env?: {
        [key: string]: string;
      };
    };
    ServiceUpdate: {
      imageId?: string;
      numReplicas?: number;
      autoScaler?: {
        /** @default false */
        autoscaleEnabled?: boolean;
        /** @default 1 */
        minReplicas?: number;
        /** @default 10 */
        maxReplicas?: number;
        /** @default 1 */
        refreshPeriodInSeconds?: number;
        /** @default 70 */
        targetUtilization?: number;
      };
      maxConcurrentRequestsPerContainer?: number;
      maxQueuedRequestsPerContainer?: number;
      scoringTimeoutMs?: number;
      containerResourceReservation?: {
        cpu?: string;
        memory?: string;
      };
      dataCollection?: {
        /** @default false */
        storageEnabled?: boolean;
        /**
         * @default false
         * @constant
         */
        eventHubEnabled?: false;
      };
      appInsightsEnabled?: boolean;
      env?: {
        [key: string]: string | null;
      };
    };
    ServiceAccounting: {
      /** Format: uuid */
      serviceId: string;
      total: {
        served: number;
        captured: number;
        sampledOut: number;
        notCollected: number;
        shed: number;
        unknown: number;
        stored: number;
        duplicates: number;
      };
      revisions: {
        served: number;
        captured: number;
        sampledOut: number;
        notCollected: number;
        shed: number;
        /** Format: uuid */
        revisionId: string;
        revision: number;
        unknown: number;
        stored: number;
      }[];
      collected: {
        stored: number;
        dropped: number;
      };
      lastRecordAt: string | null;
      folder: string | null;
    };
    Deployment: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      serviceId: string;
      serviceName: string;
      /** Format: uuid */
      imageId: string;
      image: {
        /** Format: uuid */
        id: string;
        name: string;
        version: number;
        digest: string;
        repository: string;
        /** Format: uuid */
        manifestId: string;
        manifestName: string;
        manifestVersion: number;
        entry: string;
        schemaPath: string | null;
        python: string;
        /** @enum {string} */
        platform: 'linux/amd64' | 'linux/arm64';
        models: {
          /** Format: uuid */
          id: string;
          name: string;
          version: number;
          digest: string;
          path: string;
          size: number;
        }[];
      };
      revision: number;
      /** @enum {string} */
      status: 'Pending' | 'Progressing' | 'Serving' | 'Superseded' | 'Failed';
      /** Format: date-time */
      createdAt: string;
      createdBy: string;
      expiredAt: string | null;
      error: {
        code: string;
        message: string;
        /** @default [] */
        details: {
          code: string;
          message: string;
        }[];
      } | null;
    };
    Operation: {
      id: string;
      /** @enum {string} */
      operationType: 'Image' | 'Service' | 'Environment';
      /** @enum {string} */
      state: 'NotStarted' | 'Running' | 'Cancelled' | 'Succeeded' | 'Failed';
      resourceLocation: string | null;
      progress: string | null;
      /** Format: date-time */
      createdTime: string;
      endTime: string | null;
      error: {
        code: string;
        message: string;
        /** @default [] */
        details: {
          code: string;
          message: string;
        }[];
      } | null;
    };
    Accepted: {
      operationId: string;
      /** Format: uuid */
      resourceId: string;
    };
    AuthKeys: {
      primaryKey: string;
      secondaryKey: string;
    };
    KeyRegeneration: {
      /** @enum {string} */
      keyType: 'Primary' | 'Secondary';
    };
    Environment: {
      /** Format: uuid */
      id: string;
      name: string;
      /** @enum {string} */
      target: 'process' | 'docker' | 'kubernetes';
      /** @enum {string} */
      provisioningState: 'Creating' | 'Succeeded' | 'Failed' | 'Deleting';
      /** @enum {string} */
      isolation: 'none' | 'user' | 'container';
      isDefault: boolean;
      /** Format: date-time */
      createdAt: string;
      error: {
        code: string;
        message: string;
        /** @default [] */
        details: {
          code: string;
          message: string;
        }[];
      } | null;
    };
    FeedEntry: {
      position: number;
      account: string;
      event: {
        /** @constant */
        specversion: '1.0';
        /** Format: uuid */
        id: string;
        type: string;
        source: string;
        subject: string;
        /** Format: date-time */
        time: string;
        /** @constant */
        datacontenttype: 'application/json';
        correlationid: string;
        causationid?: string;
        actor: string;
        sequence: number;
        data: unknown;
      };
    };
    ErrorResponse: {
      code: string;
      message: string;
      statusCode: number;
      details: {
        code: string;
        message: string;
      }[];
      requestId: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  listModels: {
    parameters: {
      query?: {
        count?: number;
        $skipToken?: string;
        'api-version'?: string;
        name?: string;
        tag?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['Model'][];
            nextLink?: string;
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  registerModel: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ModelRegistration'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getModel: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  listManifests: {
    parameters: {
      query?: {
        count?: number;
        $skipToken?: string;
        'api-version'?: string;
        modelId?: string;
        manifestName?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['Manifest'][];
            nextLink?: string;
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  createManifest: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ManifestCreation'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Manifest'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getManifest: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Manifest'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  listImages: {
    parameters: {
      query?: {
        count?: number;
        $skipToken?: string;
        'api-version'?: string;
        imageName?: string;
        manifestId?: string;
        manifestName?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['Image'][];
            nextLink?: string;
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  createImage: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ImageRequest'];
      };
    };
    responses: {
      /** @description Done */
      202: {
        headers: {
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getImage: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Image'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getImageLog: {
    parameters: {
      query?: {
        follow?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  listServices: {
    parameters: {
      query?: {
        count?: number;
        $skipToken?: string;
        'api-version'?: string;
        serviceName?: string;
        modelId?: string;
        modelName?: string;
        manifestId?: string;
        manifestName?: string;
        imageId?: string;
        computeResourceId?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['Service'][];
            nextLink?: string;
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  createService: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ServiceCreation'];
      };
    };
    responses: {
      /** @description Done */
      202: {
        headers: {
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getService: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Service'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  updateService: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ServiceUpdate'];
      };
    };
    responses: {
      /** @description Done */
      202: {
        headers: {
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  deleteService: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Done */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getServiceKeys: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthKeys'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  regenerateServiceKeys: {
    parameters: {
      query?: never;
      header?: {
        /** @description The same key with the same body gives the first answer again, for 24 hours. */
        'Idempotency-Key'?: string;
      };
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['KeyRegeneration'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthKeys'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getServiceTelemetry: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ServiceAccounting'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getServiceLogs: {
    parameters: {
      query?: {
        follow?: string;
        requestId?: string;
        maxLines?: string;
        previous?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': string;
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getOperation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  listDeployments: {
    parameters: {
      query?: {
        'api-version'?: string;
        serviceId?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['Deployment'][];
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getDeployment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  listEnvironments: {
    parameters: {
      query?: {
        count?: number;
        $skipToken?: string;
        'api-version'?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['Environment'][];
            nextLink?: string;
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  getEnvironment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @example default */
        account: string;
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Environment'];
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
  listEvents: {
    parameters: {
      query?: {
        after?: number;
        limit?: number;
        'api-version'?: string;
      };
      header?: never;
      path: {
        /** @example default */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            value: components['schemas']['FeedEntry'][];
            next: number;
          };
        };
      };
      /** @description A refusal */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
    };
  };
}
