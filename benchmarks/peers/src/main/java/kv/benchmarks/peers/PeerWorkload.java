package kv.benchmarks.peers;

/** What is measured of each store. */
enum PeerWorkload {
  /** Every key once, in an order that is none. */
  LOAD("load", Unit.RATE),
  /** Any key, each as likely as the others. */
  GET_UNIFORM("get, uniform", Unit.RATE),
  /** The same, by two threads. */
  GET_UNIFORM_2("get, uniform, 2 threads", Unit.RATE),
  /** Few keys often, many seldom. */
  GET_ZIPFIAN("get, Zipfian", Unit.RATE),
  /** The same, by two threads. */
  GET_ZIPFIAN_2("get, Zipfian, 2 threads", Unit.RATE),
  /** A key that is not there. */
  GET_MISS("get, not there", Unit.RATE),
  /** All pairs. */
  ITERATE("iterate over all", Unit.RATE),
  /** Everything, five times, each time in the same random order. */
  OVERWRITE("overwrite", Unit.RATE),
  /** Half gets, half puts. */
  YCSB_A("YCSB-A (50 % puts), 2 threads", Unit.RATE),
  /** 95 gets to 5 puts. */
  YCSB_B("YCSB-B (5 % puts), 2 threads", Unit.RATE),
  /** A put that survives power loss when it returns. */
  DURABLE_PUT("durable put", Unit.RATE),
  /** The same, by many threads. */
  DURABLE_PUT_16("durable put, 16 threads", Unit.RATE),
  /** Open until the first get has returned, after a close. */
  REOPEN("reopen", Unit.MILLISECONDS),
  /** Length of the files, of the closed store. */
  DISK_LOADED("disk after load", Unit.LIVE),
  /** Length of the files, of the closed store. */
  DISK_OVERWRITTEN("disk after 5 overwrites", Unit.LIVE),
  /** Length of the files, of the closed store. */
  DISK_COMPACTED("disk after merge or compact", Unit.LIVE),
  /** Of the process, without mapped files. */
  MEMORY("memory", Unit.BYTES);

  /** What is counted. */
  enum Unit {
    /** Of these, more is better; of all others, less is. */
    RATE("1,000/s"),
    MILLISECONDS("ms"),
    LIVE("x live bytes"),
    BYTES("bytes a key");

    private final String title;

    Unit(String title) {
      this.title = title;
    }

    @Override
    public String toString() {
      return title;
    }
  }

  private final String title;
  private final Unit unit;

  PeerWorkload(String title, Unit unit) {
    this.title = title;
    this.unit = unit;
  }

  Unit unit() {
    return unit;
  }

  /** How many times better one number is than another. */
  double timesBetter(double one, double other) {
    return unit == Unit.RATE ? one / other : other / one;
  }

  @Override
  public String toString() {
    return title;
  }
}
