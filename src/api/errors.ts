/** Why a request failed, as far as the panel acts on it. */
export type ApiErrorKind =
  /** The server extension is not there. */
  | 'missing'
  /** The Jupyter server wants a login. */
  | 'signed-out'
  /** The Jupyter server does not answer. */
  | 'offline'
  /** The service answered with an error of its own. */
  | 'service';

/** What a Data Lab refuses, as far as the panel acts on it. */
export type Refusal =
  /** Nobody is signed in at the Data Lab. */
  | 'sign-in'
  /** The name or the password is wrong, or was so too often. */
  | 'password'
  /** The storage is full. */
  | 'quota'
  /** The name is taken. */
  | 'exists'
  | 'refused';

/** A failed request, with a message for people. */
export class ApiError extends Error {
  constructor(
    readonly kind: ApiErrorKind,
    message: string,
    readonly hint = '',
    readonly refusal: Refusal | null = null
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Any thrown value as an error the panel can show. */
export function asApiError(reason: unknown): ApiError {
  return reason instanceof ApiError
    ? reason
    : new ApiError('service', String((reason as Error)?.message ?? reason));
}
