import { request } from "node:https";
import { text } from "node:stream/consumers";

/** One request over HTTP/1.1, with a certificate's own authority. */
export type HttpsRequest = {
  readonly url: string;
  readonly ca: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** An answer as it came, whatever its status. */
export type HttpsAnswer = { readonly status: number; readonly body: string };

/** Ask, and read the whole answer. */
export function askHttps(asked: HttpsRequest): Promise<HttpsAnswer> {
  const { url, ca, method = "GET", headers = {}, body } = asked;
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, method, headers, agent: false }, (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: answer }),
        reject,
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
