
/** The name of a mail method. */
export type MethodName = keyof Methods;

/** A day: `2026-12-07`. */
export type DateText = string;

/** A time of day: `14:30`. */
export type TimeText = string;

/** A moment; text without an offset, `2026-12-07T14:30:00`, is in the time zone of the host. */
export type Moment = string | Date;

/** An exact number. Text, `"12.50"`, keeps every digit. */
export type Decimal = string | number;

/** One mailbox: `ada@example.test` or `Ada <ada@example.test>`. */
export type Mailbox = string;

/** A list of mailboxes, or one text with an address list. */
export type Mailboxes = string | readonly string[];

/** A file: its name and its content in base64; see {@link file}. */
export interface FileArgument {
  readonly filename: string;
  readonly content_type?: string | null;
  readonly content: string;
}

/** What differs this once. */
export interface CallOptions {
  /** The locale to render in; without it, the method's own. */
  readonly locale?: string;
  /** Replaces the method's From. */
  readonly from?: Mailbox;
  /** Replaces the method's To. */
  readonly to?: Mailboxes;
  /** Replaces the method's Cc. */
  readonly cc?: Mailboxes;
  /** Replaces the method's Bcc. */
  readonly bcc?: Mailboxes;
  /** Replaces the method's Reply-To. */
  readonly reply_to?: Mailboxes;
  /** Headers to add, or to replace. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What differs this once, for the queue. */
export interface QueueOptions extends CallOptions {
  /** The same key and content is the same entry. */
  readonly key?: string;
  /** Not before this moment; text needs an offset. */
  readonly at?: Moment;
  /** How long it is tried: `90m`, `24h`, `4d`. */
  readonly expires_in?: string;
  /** From 1 (first) to 5. */
  readonly priority?: number;
}

/** A mail as it would be sent. */
export interface RenderedMail {
  readonly v: 1;
  readonly method: string;
  readonly locale: string;
  readonly envelope: { readonly from: string | null; readonly to: readonly string[] };
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly subject: string | null;
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly RenderedAttachment[];
  readonly message_id: string;
  readonly raw: string;
}

/** An attachment, without its content. */
export interface RenderedAttachment {
  readonly filename: string | null;
  readonly content_type: string;
  readonly disposition: "attachment" | "inline";
  readonly content_id: string | null;
  readonly size: number;
  readonly sha256: string;
}

/** What became of a mail. */
export interface SentMail {
  readonly v: 1;
  readonly outcome: "sent" | "partial" | "refused" | "deferred" | "unknown";
  readonly message_id: string;
  readonly recipients: readonly RecipientOutcome[];
  readonly error: { readonly phase: string; readonly message: string } | null;
}

/** What became of a mail for one recipient, and the relay's reply. */
export interface RecipientOutcome {
  readonly address: string;
  readonly outcome: "accepted" | "refused" | "deferred" | "unknown";
  readonly code: number | null;
  readonly enhanced: string | null;
  readonly text: string | null;
}

/** A mail in the queue. */
export interface QueuedMail {
  readonly v: 1;
  readonly id: string;
  /** False where the key had this entry already. */
  readonly new: boolean;
}

/** One thing that is wrong. */
export interface ProblemError {
  readonly code: string;
  readonly message: string;
  /** The argument: `lines[2].price`. */
  readonly path: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly help: string | null;
}

/** Why a call failed: what the server said, as problem+json. */
export class MailMethodError extends Error {
  override readonly name = "MailMethodError";
  /** The status of HTTP. */
  readonly status: number;
  /** All that is wrong, where the server says it. */
  readonly errors: readonly ProblemError[];
  /** Each recipient's outcome, where a relay accepted nobody. */
  readonly sent: SentMail | null;

  constructor(
    status: number,
    message: string,
    errors: readonly ProblemError[] = [],
    sent: SentMail | null = null,
  ) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.sent = sent;
  }
}

/** Where the API is, and how to get in. */
export interface ClientOptions {
  /** What precedes `/api/v1`: `http://127.0.0.1:8225`. */
  readonly baseUrl: string;
  /** The token, as in `MAILMETHOD_TOKEN` of the server. */
  readonly token: string;
  /** How long to wait for an answer, in milliseconds; 60,000 if it is left out. */
  readonly timeout?: number;
  /** What to use instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** Calls mail methods by name. */
export class MailMethods {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Renders a mail, without sending it. */
  async render<N extends MethodName>(
    method: N,
    args: Methods[N],
    options: CallOptions = {},
  ): Promise<RenderedMail> {
    return (await this.#post(method, "render", args, options)) as RenderedMail;
  }

  /** Sends a mail now, and waits for the relay. */
  async send<N extends MethodName>(
    method: N,
    args: Methods[N],
    options: CallOptions = {},
  ): Promise<SentMail> {
    return (await this.#post(method, "send", args, options)) as SentMail;
  }

  /** Puts a mail into the queue. */
  async queue<N extends MethodName>(
    method: N,
    args: Methods[N],
    options: QueueOptions = {},
  ): Promise<QueuedMail> {
    return (await this.#post(method, "queue", args, options)) as QueuedMail;
  }

  async #post(method: string, verb: string, args: unknown, options: object): Promise<unknown> {
    const base = this.#options.baseUrl.replace(/\/+$/, "");
    const url = `${base}/api/v1/methods/${method.replaceAll("/", ".")}/${verb}`;
    const response = await (this.#options.fetch ?? fetch)(url, {
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: `Bearer ${this.#options.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ ...options, arguments: args }),
      // The token is for this server alone.
      redirect: "error",
      signal: AbortSignal.timeout(this.#options.timeout ?? 60_000),
    });
    const text = await response.text();
    if (!response.ok) {
      throw problem(response.status, text);
    }
    return JSON.parse(text) as unknown;
  }
}

function problem(status: number, text: string): MailMethodError {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Something before the server answered in its own words.
  }
  const { title, detail, errors, sent } = (body ?? {}) as {
    title?: string;
    detail?: string;
    errors?: ProblemError[];
    sent?: SentMail;
  };
  const message = detail ?? title ?? `the server answered with the status ${status}`;
  return new MailMethodError(status, message, errors, sent);
}

/** A file argument of some bytes. */
export function file(filename: string, bytes: Uint8Array, contentType?: string): FileArgument {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  const content = btoa(binary);
  return contentType === undefined
    ? { filename, content }
    : { filename, content_type: contentType, content };
}
