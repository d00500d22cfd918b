// Made by `mailmethod codegen --lang typescript`: do not edit.

/** The arguments of each mail method, by its name. */
export interface Methods {
  /** The mail method `-`; its sample is `s`. */
  readonly "-": Readonly<Record<string, never>>;

  /** The mail method `--`; its sample is `s`. */
  readonly "--": Readonly<Record<string, never>>;

  /** The mail method `2024/type`; its sample is `s`. */
  readonly "2024/type": Readonly<Record<string, never>>;

  /** The mail method `2fa`; its sample is `s`. */
  readonly "2fa": Readonly<Record<string, never>>;

  /** The mail method `a-1`; its sample is `s`. */
  readonly "a-1": Readonly<Record<string, never>>;

  /** The mail method `a-b/x`; its sample is `s`. */
  readonly "a-b/x": Readonly<Record<string, never>>;

  /** The mail method `a1`; its sample is `s`. */
  readonly "a1": Readonly<Record<string, never>>;

  /** The mail method `a_1`; its sample is `s`. */
  readonly "a_1": Readonly<Record<string, never>>;

  /** The mail method `a_b/x`; its sample is `s`. */
  readonly "a_b/x": Readonly<Record<string, never>>;

  /** The mail method `clone`; its sample is `s`. */
  readonly "clone": Readonly<Record<string, never>>;

  /** The mail method `every-type`; its sample is `s`. */
  readonly "every-type": {
    /** `string`. */
    readonly string: string;
    /** `text`. */
    readonly text: string;
    /** `integer`, at least -5, at most 5. */
    readonly integer: number;
    /** `decimal`. */
    readonly decimal: Decimal;
    /** `float`. */
    readonly float: number;
    /** `boolean`. */
    readonly boolean: boolean;
    /** `date`. */
    readonly date: DateText;
    /** `time`. */
    readonly time: TimeText;
    /** `datetime`. */
    readonly datetime: Moment;
    /** `address`. */
    readonly address: Mailbox;
    /** `addresses`. */
    readonly addresses: Mailboxes;
    /** `url`. */
    readonly link: string;
    /** `enum(a|b)`. */
    readonly word: "a" | "b";
    /** `list`. */
    readonly words: ReadonlyArray<"c" | "d">;
    /** `list`. */
    readonly list: ReadonlyArray<unknown>;
    /** `list`. */
    readonly gaps: ReadonlyArray<string | null>;
    /** `list`. */
    readonly grid: ReadonlyArray<ReadonlyArray<number>>;
    /** `record`. */
    readonly record: {
      /** `string`. */
      readonly type: string;
      /** `integer`, optional. */
      readonly of?: number | null;
    };
    /** `file`. */
    readonly file: FileArgument;
    /** `list`. */
    readonly files: ReadonlyArray<FileArgument>;
    /** `any`. */
    readonly any: unknown;
    /** `string`, optional. */
    readonly note?: string | null;
    /** `file`, optional. */
    readonly scan?: FileArgument | null;
    /** `list`, optional. */
    readonly numbers?: ReadonlyArray<number> | null;
    /** `integer`; `2` if it is left out. */
    readonly copies?: number;
    /** `decimal`; `1.50` if it is left out. */
    readonly price?: Decimal;
    /** `list`; `["x","y"]` if it is left out. */
    readonly tags?: ReadonlyArray<string>;
    /** `record`; `{"w":1}` if it is left out. */
    readonly size?: {
      /** `integer`. */
      readonly w: number;
    };
  };

  /** The mail method `mail2fa`; its sample is `s`. */
  readonly "mail2fa": Readonly<Record<string, never>>;

  /** The mail method `mailmethod/call`; its sample is `s`. */
  readonly "mailmethod/call": Readonly<Record<string, never>>;

  /** The mail method `option`; its sample is `s`. */
  readonly "option": Readonly<Record<string, never>>;

  /**
   * A method beside a folder of its name.
   *
   * The mail method `orders`; its sample is `s`.
   */
  readonly "orders": {
    /** `record`. */
    readonly customer: {
      /** `string`. */
      readonly name: string;
    };
    /** `enum(self|Self|a b|a-b|1st|+|-|ä|fn|Err|Ok|ALL|IN_STOCK|"|\|from_str|true)`. */
    readonly plan: "self" | "Self" | "a b" | "a-b" | "1st" | "+" | "-" | "\u{e4}" | "fn" | "Err" | "Ok" | "ALL" | "IN_STOCK" | "\"" | "\\" | "from_str" | "true";
    /** `list`. */
    readonly Plan: ReadonlyArray<"one" | "two">;
    /** `record`. */
    readonly line: {
      /** `integer`. */
      readonly a: number;
    };
    /** `list`. */
    readonly lines: ReadonlyArray<{
      /** `integer`. */
      readonly a: number;
    }>;
    /** `list`. */
    readonly status: ReadonlyArray<ReadonlyArray<{
      /** `list`. */
      readonly of: ReadonlyArray<unknown>;
    }>>;
  };

  /** The mail method `orders/customer`; its sample is `s`. */
  readonly "orders/customer": Readonly<Record<string, never>>;

  /** The mail method `secrets`; its sample is `s`. */
  readonly "secrets": {
    /** `string`, secret. */
    readonly token: string;
    /** `list`. */
    readonly keys: ReadonlyArray<string>;
    /** `record`, secret. */
    readonly vault: {
      /** `integer`. */
      readonly code: number;
      /** `enum(hush|hushhush)`. */
      readonly kind: "hush" | "hushhush";
      /** `string`, optional. */
      readonly open?: string | null;
    };
    /** `list`. */
    readonly boxes: ReadonlyArray<{
      /** `integer`, secret. */
      readonly pin: number;
      /** `string`. */
      readonly shown: string;
    }>;
  };

  /** The mail method `self`; its sample is `s`. */
  readonly "self": Readonly<Record<string, never>>;

  /** The mail method `self/crate`; its sample is `s`. */
  readonly "self/crate": Readonly<Record<string, never>>;

  /** The mail method `std/option`; its sample is `s`. */
  readonly "std/option": Readonly<Record<string, never>>;

  /** The mail method `std/string`; its sample is `s`. */
  readonly "std/string": Readonly<Record<string, never>>;

  /** The mail method `str/bool`; its sample is `s`. */
  readonly "str/bool": Readonly<Record<string, never>>;

  /** The mail method `str/i64`; its sample is `s`. */
  readonly "str/i64": Readonly<Record<string, never>>;

  /** The mail method `string`; its sample is `s`. */
  readonly "string": Readonly<Record<string, never>>;

  /**
   * # Not a heading, no [link](x), no <b>tag</b>, `no code`
   * ```rust
   * panic!("this is no test");
   * ```
   * and no way out: *\/ """ ''' \ \u{202e}  turned
   *
   * The mail method `type`; its sample is `s`.
   */
  readonly "type": {
    /** `string`. */
    readonly type: string;
    /**
     * 1. one
     *
     * `string`.
     */
    readonly match: string;
    /** `string`. */
    readonly Self: string;
    /** `string`. */
    readonly crate: string;
    /** `string`. */
    readonly crate_: string;
    /** `string`. */
    readonly Some: string;
    /** `integer`, optional. */
    readonly Ok?: number | null;
    /** `string`. */
    readonly _: string;
    /** `string`. */
    readonly __: string;
    /** `string`. */
    readonly f: string;
    /** `string`. */
    readonly name: string;
    /** `string`. */
    readonly Name: string;
    /** `record`. */
    readonly async: {
      /** `string`. */
      readonly gen: string;
      /** `record`. */
      readonly dyn: {
        /** `integer`. */
        readonly fn: number;
      };
    };
  };
}

