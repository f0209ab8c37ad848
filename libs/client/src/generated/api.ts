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
    /**
     * Register the next version of a model
     * @description Its content is a blob that was uploaded to `/v2/{account}/uploads` before: a canonical tar of the file or folder.
     */
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
    /** A model by id, name:version, or name for its newest version */
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
    /**
     * Create the next version of a manifest
     * @description Pins the models, the entry script, its assets and dependencies, the Python version and the platform.
     */
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
    /** A manifest by id, name:version, or name for its newest version */
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
    /**
     * Build an image from a manifest
     * @description The build goes on as an operation; its log can be followed.
     */
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
    /** An image by id, name:version, or name for its newest version */
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
    /** The log of a build; follow=true goes on until the build ends */
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
    /**
     * Create a service from an image
     * @description The rollout goes on as an operation. A taken name is 409.
     */
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
    /**
     * A service by id or name
     * @description A name alone is the one in the current environment, the default one unless said, else the only one; else 409.
     */
    get: operations['getService'];
    /**
     * Change what is given of a service; its URL and its keys stay
     * @description A change of what runs makes a revision and rolls it out without a failed request; a bad one leaves the old one serving.
     */
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
    /** The two keys of a service; either one scores */
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
    /** Make one key new; the other one goes on working */
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
    /** What became of every prediction of a service */
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
    /** What the replicas wrote: one JSON object a line, oldest first */
    get: operations['getServiceLogs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/services/{ref}/decisions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What the autoscaler decided and from what, newest first
     * @description With `Accept: text/event-stream` a stream of server-sent events that goes on, from `Last-Event-ID` or `after`, else with what is new; each `id` is that of a decision and each `data` a ScalingDecision.
     */
    get: operations['listScalingDecisions'];
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
    /**
     * How a change is going
     * @description Ask until `state` is neither NotStarted nor Running.
     */
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
    /** Rollouts, newest first: what ran when */
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
    /** List environments, newest first */
    get: operations['listEnvironments'];
    put?: never;
    /**
     * Set up an environment: processes, a Docker Engine or a namespace of a cluster
     * @description Its parts are tried for real and what it needs is put there, as an operation. Credentials are kept sealed.
     */
    post: operations['createEnvironment'];
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
    /**
     * Change what is given of an environment
     * @description The new settings are tried first: when a part fails nothing has changed.
     */
    put: operations['updateEnvironment'];
    post?: never;
    /**
     * Take an environment down; 204 when there was none
     * @description Refused, naming them, while services are in it.
     */
    delete: operations['deleteEnvironment'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/environments/{ref}/credentials': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What opens its cluster, engine or registry; shown nowhere else */
    get: operations['getEnvironmentCredentials'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/environments/{ref}/check': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Try each part of an environment now; changes nothing */
    post: operations['checkEnvironment'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/secrets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Names of secrets */
    get: operations['listSecrets'];
    put?: never;
    /**
     * Make a secret, or give it another value
     * @description The value is kept sealed and shown by no answer. Services get it with their next revision, or now with `roll`.
     */
    post: operations['setSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/accounts/{account}/secrets/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Delete a secret; 204 when there was none
     * @description Refused, naming them, while services use it.
     */
    delete: operations['deleteSecret'];
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
    /**
     * What happened, oldest first
     * @description With `Accept: text/event-stream` a stream of server-sent events that goes on, from `Last-Event-ID` or `after`, else with what is new; each `id` is a position and each `data` a FeedEntry.
     */
    get: operations['listEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A page for people */
    get: operations['getLandingPage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The process answers */
    get: operations['getHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether it can do its work */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Metrics as Prometheus reads them */
    get: operations['getMetrics'];
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
    /**
     * @example {
     *       "code": "bad_request",
     *       "message": "the body is not valid: name: a name is 3 to 32 of a-z, 0-9, - and ., and starts and ends with a letter or a digit",
     *       "statusCode": 400,
     *       "details": [
     *         {
     *           "code": "invalid_format",
     *           "message": "name: a name is 3 to 32 of a-z, 0-9, - and ., and starts and ends with a letter or a digit"
     *         }
     *       ],
     *       "requestId": "019ab9d2-6e00-7000-8000-0000000000ff"
     *     }
     */
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
    /**
     * @example {
     *       "id": "019ab9d2-6e00-7000-8000-000000000001",
     *       "name": "iris",
     *       "version": 3,
     *       "url": "blob:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *       "mimeType": "application/octet-stream",
     *       "unpack": true,
     *       "tags": [
     *         "production"
     *       ],
     *       "description": "Random forest on the iris data",
     *       "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *       "contentDigest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *       "size": 184320,
     *       "path": "outputs/model.pkl",
     *       "createdAt": "2026-11-24T09:30:00.000Z",
     *       "createdBy": "token:4ZsQ0mA9xYbC"
     *     }
     */
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
    ModelPage: {
      value: components['schemas']['Model'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
    };
    /**
     * @example {
     *       "name": "iris",
     *       "url": "blob:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *       "tags": [
     *         "production"
     *       ],
     *       "description": "Random forest on the iris data"
     *     }
     */
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
    ManifestPage: {
      value: components['schemas']['Manifest'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
    };
    /**
     * @example {
     *       "name": "iris",
     *       "driverProgram": "driver",
     *       "schemaAsset": "schema",
     *       "assets": [
     *         {
     *           "id": "driver",
     *           "url": "blob:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *           "mimeType": "application/x-python",
     *           "unpack": true
     *         },
     *         {
     *           "id": "schema",
     *           "url": "blob:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *           "mimeType": "application/octet-stream",
     *           "unpack": true
     *         }
     *       ],
     *       "targetRuntime": {
     *         "runtimeType": "Python",
     *         "properties": {
     *           "pipRequirements": "blob:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
     *         }
     *       },
     *       "modelIds": [
     *         "iris:3"
     *       ]
     *     }
     */
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
    ImagePage: {
      value: components['schemas']['Image'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
    };
    /**
     * @example {
     *       "name": "iris",
     *       "manifestId": "iris:1",
     *       "description": "The first one"
     *     }
     */
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
        autoscaleEnabled?: boolean;
        minReplicas?: number;
        maxReplicas?: number;
        refreshPeriodInSeconds?: number;
        targetUtilization?: number;
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
      secrets: {
        variables: {
          [key: string]: string;
        };
        files: {
          [key: string]: string;
        };
      };
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
    ServicePage: {
      value: components['schemas']['Service'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
    };
    /**
     * @example {
     *       "name": "iris",
     *       "imageId": "iris:1",
     *       "numReplicas": 2,
     *       "containerResourceReservation": {
     *         "cpu": "0.5",
     *         "memory": "512Mi"
     *       },
     *       "dataCollection": {
     *         "storageEnabled": true
     *       },
     *       "env": {
     *         "THRESHOLD": "0.7"
     *       }
     *     }
     */
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
        autoscaleEnabled?: boolean;
        minReplicas?: number;
        maxReplicas?: number;
        refreshPeriodInSeconds?: number;
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
      secrets?: {
        /** @default {} */
        variables?: {
          [key: string]: string;
        };
        /** @default {} */
        files?: {
          [key: string]: string;
        };
      };
    };
    /**
     * @example {
     *       "imageId": "iris:2",
     *       "env": {
     *         "THRESHOLD": null
     *       }
     *     }
     */
    ServiceUpdate: {
      imageId?: string;
      numReplicas?: number;
      autoScaler?: {
        autoscaleEnabled?: boolean;
        minReplicas?: number;
        maxReplicas?: number;
        refreshPeriodInSeconds?: number;
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
      secrets?: {
        /** @default {} */
        variables?: {
          [key: string]: string | null;
        };
        /** @default {} */
        files?: {
          [key: string]: string | null;
        };
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
    ScalingDecision: {
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      serviceId: string;
      /** Format: date-time */
      createdAt: string;
      from: number;
      to: number;
      /** @enum {string} */
      kind: 'up' | 'down' | 'wake' | 'bounds' | 'capped' | 'held';
      reason: string;
      inputs: {
        from: number;
        busy: number;
        queued: number;
        active: boolean;
        concurrency: number;
        target: number;
        min: number;
        max: number;
        room: number;
        peak: number | null;
        window: number;
      } | null;
      hold: {
        /** @enum {string} */
        code: 'no_router' | 'router_silent';
        router: string | null;
        silentMs: number;
      } | null;
    };
    ScalingDecisionPage: {
      value: components['schemas']['ScalingDecision'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
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
    DeploymentList: {
      value: components['schemas']['Deployment'][];
    };
    /**
     * @example {
     *       "id": "service-019ab9d2-6e00-7000-8000-000000000010",
     *       "operationType": "Service",
     *       "state": "Succeeded",
     *       "resourceLocation": "http://127.0.0.1:5080/api/v1/accounts/default/services/019ab9d2-6e00-7000-8000-000000000011",
     *       "progress": null,
     *       "createdTime": "2026-11-24T09:30:00.000Z",
     *       "endTime": "2026-11-24T09:30:04.120Z",
     *       "error": null
     *     }
     */
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
    /**
     * @example {
     *       "operationId": "service-019ab9d2-6e00-7000-8000-000000000010",
     *       "resourceId": "019ab9d2-6e00-7000-8000-000000000011"
     *     }
     */
    Accepted: {
      operationId: string;
      /** Format: uuid */
      resourceId: string;
    };
    /**
     * @example {
     *       "primaryKey": "slk_<id>_<secret>_<crc>",
     *       "secondaryKey": "slk_<id>_<secret>_<crc>"
     *     }
     */
    AuthKeys: {
      primaryKey: string;
      secondaryKey: string;
    };
    /**
     * @example {
     *       "keyType": "Primary"
     *     }
     */
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
      provisioningState: 'Creating' | 'Updating' | 'Succeeded' | 'Failed' | 'Deleting';
      provisioningErrors: {
        code: string;
        message: string;
        /** @default [] */
        details: {
          code: string;
          message: string;
        }[];
      }[];
      /** @enum {string} */
      isolation: 'none' | 'user' | 'container';
      isDefault: boolean;
      config: {
        [key: string]: unknown;
      };
      credentialNames: string[];
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
    EnvironmentCreation: {
      name: string;
      /** @enum {string} */
      target: 'process' | 'docker' | 'kubernetes';
      docker?: {
        host?: string;
        registry?: string;
      };
      kubernetes?: {
        namespace?: string;
        context?: string;
        registry?: string;
        pullSecret?: string;
        nodeSelector?: {
          [key: string]: string;
        };
        tolerations?: {
          key?: string;
          /** @enum {string} */
          operator?: 'Exists' | 'Equal';
          value?: string;
          /** @enum {string} */
          effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
          tolerationSeconds?: number;
        }[];
        resources?: {
          [key: string]: string;
        };
        routerCidrs?: string[];
        hostNetworkPort?: number;
      };
      storage?: string;
      /** Format: uri */
      logSink?: string;
      autoScaler?: {
        autoscaleEnabled?: boolean;
        minReplicas?: number;
        maxReplicas?: number;
        refreshPeriodInSeconds?: number;
        targetUtilization?: number;
      };
      quotas?: {
        replicas?: number;
        cpu?: string;
        memory?: string;
      };
      credentials?: {
        kubeconfig?: string;
        dockerTls?: {
          ca: string;
          cert: string;
          key: string;
        };
        registry?: {
          username: string;
          password: string;
        };
      };
    };
    EnvironmentUpdate: {
      docker?: {
        host?: string;
        registry?: string;
      };
      kubernetes?: {
        namespace?: string;
        context?: string;
        registry?: string;
        pullSecret?: string;
        nodeSelector?: {
          [key: string]: string;
        };
        tolerations?: {
          key?: string;
          /** @enum {string} */
          operator?: 'Exists' | 'Equal';
          value?: string;
          /** @enum {string} */
          effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
          tolerationSeconds?: number;
        }[];
        resources?: {
          [key: string]: string;
        };
        routerCidrs?: string[];
        hostNetworkPort?: number;
      };
      storage?: string;
      /** Format: uri */
      logSink?: string;
      autoScaler?: {
        autoscaleEnabled?: boolean;
        minReplicas?: number;
        maxReplicas?: number;
        refreshPeriodInSeconds?: number;
        targetUtilization?: number;
      };
      quotas?: {
        replicas?: number;
        cpu?: string;
        memory?: string;
      };
      credentials?: {
        kubeconfig?: string;
        dockerTls?: {
          ca: string;
          cert: string;
          key: string;
        };
        registry?: {
          username: string;
          password: string;
        };
      };
    };
    EnvironmentCredentials: {
      kubeconfig?: string;
      dockerTls?: {
        ca: string;
        cert: string;
        key: string;
      };
      registry?: {
        username: string;
        password: string;
      };
    };
    EnvironmentChecks: {
      ok: boolean;
      checks: {
        part: string;
        /** @enum {string} */
        state: 'ok' | 'failed' | 'not_supported';
        code?: string;
        message: string;
        next?: string;
      }[];
    };
    EnvironmentDeletion: {
      deleted: boolean;
      operationId?: string;
    };
    EnvironmentPage: {
      value: components['schemas']['Environment'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
    };
    SecretSetting: {
      name: string;
      value: string;
      /** @default false */
      roll?: boolean;
    };
    SecretChange: {
      secret: {
        name: string;
        /** Format: date-time */
        createdAt: string;
        /** Format: date-time */
        updatedAt: string;
      };
      rolled: {
        service: string;
        operationId: string;
      }[];
    };
    SecretList: {
      value: {
        name: string;
        /** Format: date-time */
        createdAt: string;
        /** Format: date-time */
        updatedAt: string;
      }[];
    };
    /**
     * @example {
     *       "position": 42,
     *       "account": "default",
     *       "event": {
     *         "specversion": "1.0",
     *         "id": "019ab9d2-6e00-7000-8000-000000000020",
     *         "type": "io.slipway.ModelRegistered.v1",
     *         "source": "/accounts/default/registry",
     *         "subject": "019ab9d2-6e00-7000-8000-000000000001",
     *         "time": "2026-11-24T09:30:00.000Z",
     *         "datacontenttype": "application/json",
     *         "correlationid": "019ab9d2-6e00-7000-8000-000000000021",
     *         "actor": "token:4ZsQ0mA9xYbC",
     *         "sequence": 1,
     *         "data": {
     *           "id": "019ab9d2-6e00-7000-8000-000000000001",
     *           "name": "iris",
     *           "version": 3,
     *           "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *           "path": "outputs/model.pkl",
     *           "size": 184320,
     *           "contentDigest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
     *         }
     *       }
     *     }
     */
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
    EventPage: {
      value: components['schemas']['FeedEntry'][];
      /**
       * Format: uri
       * @description The next page, ready to be asked for; absent on the last one.
       */
      nextLink?: string;
      /** @description `after` of the next question, also when nothing is new yet. */
      next: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: {
    /** @description The id of this request, in every log line and event of it */
    RequestId: string;
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  listModels: {
    parameters: {
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Items of a page; default 100 */
        count?: number;
        /** @description Where the page begins, from a nextLink */
        $skipToken?: string;
        name?: string;
        tag?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ModelPage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
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
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `invalid_archive`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `insufficient_storage` */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Model'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Items of a page; default 100 */
        count?: number;
        /** @description Where the page begins, from a nextLink */
        $skipToken?: string;
        modelId?: string;
        manifestName?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ManifestPage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
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
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Manifest'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `invalid_archive`, `path_collision`, `unprocessable`, `python_missing`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Manifest'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Items of a page; default 100 */
        count?: number;
        /** @description Where the page begins, from a nextLink */
        $skipToken?: string;
        imageName?: string;
        manifestId?: string;
        manifestName?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ImagePage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
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
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `insufficient_storage` */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Image'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Go on with what is new */
        follow?: boolean;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Text */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Items of a page; default 100 */
        count?: number;
        /** @description Where the page begins, from a nextLink */
        $skipToken?: string;
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
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ServicePage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
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
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden`, `quota_exceeded` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `name_taken`, `conflict` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unprocessable`, `python_missing`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_supported` */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Only in this environment; a name or an id */
        environment?: string;
        /** @description In this environment first, else the only service of the name */
        currentEnvironment?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Service'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
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
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden`, `quota_exceeded` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name`, `conflict` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unprocessable`, `python_missing`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_supported` */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Done */
      204: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  getServiceKeys: {
    parameters: {
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthKeys'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
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
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuthKeys'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ServiceAccounting'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Go on with what is new */
        follow?: boolean;
        /** @description Only lines of this request */
        requestId?: string;
        /** @description Newest lines to begin with */
        maxLines?: number;
        /** @description Only replicas that have ended */
        previous?: boolean;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Text */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': string;
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  listScalingDecisions: {
    parameters: {
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Items of a page; default 100 */
        count?: number;
        /** @description Where the page begins, from a nextLink */
        $skipToken?: string;
        /** @description A position; what came after it is wanted */
        after?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ScalingDecisionPage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Operation'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        serviceId?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeploymentList'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `ambiguous_name` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description Items of a page; default 100 */
        count?: number;
        /** @description Where the page begins, from a nextLink */
        $skipToken?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EnvironmentPage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  createEnvironment: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EnvironmentCreation'];
      };
    };
    responses: {
      /** @description Done */
      202: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `name_taken` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unprocessable`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_supported` */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Environment'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  updateEnvironment: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EnvironmentUpdate'];
      };
    };
    responses: {
      /** @description Done */
      202: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Accepted'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `conflict` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unprocessable`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_supported` */
      501: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  deleteEnvironment: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      202: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EnvironmentDeletion'];
        };
      };
      /** @description Done */
      204: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          /** @description Where to ask how it goes */
          'Operation-Location'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `conflict` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  getEnvironmentCredentials: {
    parameters: {
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EnvironmentCredentials'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  checkEnvironment: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description An id, a name, or name:version */
        ref: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EnvironmentChecks'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  listSecrets: {
    parameters: {
      query?: {
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SecretList'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  setSecret: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SecretSetting'];
      };
    };
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SecretChange'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unprocessable`, `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  deleteSecret: {
    parameters: {
      query?: never;
      header?: {
        /**
         * @description The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.
         * @example train-2026-11-24/model
         */
        'Idempotency-Key'?: string;
      };
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
        /** @description A name */
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description Done */
      204: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          /** @description The key under which the change was made */
          'Idempotency-Key'?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `conflict` */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `idempotency_mismatch` */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
        /** @description Accepted for compatibility; means nothing */
        'api-version'?: string;
        /** @description A position; what came after it is wanted */
        after?: number;
        /** @description Events of a page */
        limit?: number;
      };
      header?: never;
      path: {
        /**
         * @description The account that the token belongs to
         * @example default
         */
        account: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EventPage'];
        };
      };
      /** @description `bad_request` */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `unauthenticated` */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `forbidden` */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `not_found` */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `rate_limited` */
      429: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `service_unavailable` */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
        };
      };
      /** @description `deadline_exceeded` */
      504: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorResponse'];
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
  getLandingPage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Text */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'text/html': string;
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
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @constant */
            status: 'ok';
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
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            status: string;
            problems: {
              [key: string]: string;
            };
          };
        };
      };
      /** @description Done */
      503: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            status: string;
            problems: {
              [key: string]: string;
            };
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
  getMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Text */
      200: {
        headers: {
          'x-ms-request-id': components['headers']['RequestId'];
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
}
