import type { ServerConnection } from '@jupyterlab/services';
import { ApiError } from './errors';

/** How a file is sent. */
export interface ISend {
  /** Whether a file of the same name may be replaced. */
  replace?: boolean;
  /** Called with the number of bytes on their way. */
  onProgress?: (bytes: number) => void;
  signal?: AbortSignal;
}

/**
 * Send a file of any size as it is.
 *
 * `fetch` does not tell how far it is, so this is an XMLHttpRequest. The
 * browser reads the file from the disk as it goes.
 */
export function send(
  url: string,
  file: Blob,
  { onProgress, signal }: ISend,
  { token }: Pick<ServerConnection.ISettings, 'token'>
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal?.addEventListener('abort', stop);
    request.open('PUT', url);
    if (token) {
      request.setRequestHeader('Authorization', `token ${token}`);
    }
    const xsrf = /\b_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    if (xsrf) {
      request.setRequestHeader('X-XSRFToken', xsrf);
    }
    const type = file.type || 'application/octet-stream';
    request.setRequestHeader('Content-Type', type);
    request.upload.onprogress = event => onProgress?.(event.loaded);
    request.onload = () => {
      const { status, statusText, responseText } = request;
      resolve(new Response(responseText || null, { status, statusText }));
    };
    request.onabort = () => reject(new DOMException('', 'AbortError'));
    request.onerror = () =>
      reject(new ApiError('offline', 'The Jupyter server does not answer.'));
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    request.send(file);
  });
}
