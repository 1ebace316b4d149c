package kv.benchmarks.peers;

import java.util.Arrays;
import java.util.List;

/** The measurements of each store. Those of the second group are made with more keys. */
enum PeerWorkload {
  /** Puts of every key once, in no order. */
  LOAD("load", Unit.RATE),
  /** Gets of random keys, all equally likely. */
  GET_UNIFORM("get, uniform", Unit.RATE),
  /** The same with two threads. */
  GET_UNIFORM_2("get, uniform, 2 threads", Unit.RATE),
  /** Gets of a few keys often, and of many keys rarely. */
  GET_ZIPFIAN("get, Zipfian", Unit.RATE),
  /** The same with two threads. */
  GET_ZIPFIAN_2("get, Zipfian, 2 threads", Unit.RATE),
  /** Gets of absent keys. */
  GET_MISS("get, not there", Unit.RATE),
  /** A visit of all pairs. */
  ITERATE("iterate over all", Unit.RATE),
  /** Puts of every key again, five times, each time in the same random order. */
  OVERWRITE("overwrite", Unit.RATE),
  /** 50 % gets, 50 % puts. */
  YCSB_A("YCSB-A (50 % puts), 2 threads", Unit.RATE),
  /** 95 % gets, 5 % puts. */
  YCSB_B("YCSB-B (5 % puts), 2 threads", Unit.RATE),
  /** Puts that survive power loss when they return. */
  DURABLE_PUT("durable put", Unit.RATE),
  /** The same with 16 threads. */
  DURABLE_PUT_16("durable put, 16 threads", Unit.RATE),
  /** The time from the open of a closed store to the result of the first get. */
  REOPEN("reopen", Unit.MILLISECONDS),
  /** The length of the files of the closed store. */
  DISK_LOADED("disk after load", Unit.LIVE),
  /** The length of the files of the closed store. */
  DISK_OVERWRITTEN("disk after 5 overwrites", Unit.LIVE),
  /** The length of the files of the closed store. */
  DISK_COMPACTED("disk after merge or compact", Unit.LIVE),
  /** The memory of the process, without mapped files. */
  MEMORY("memory", Unit.BYTES),

  /** The longest wait for a put of a new key, while all keys are loaded. */
  LOAD_WORST("load, worst put", Group.WAITS, Unit.MILLISECONDS),
  /** The tenth longest wait. */
  LOAD_TENTH_WORST("load, tenth-worst put", Group.WAITS, Unit.MILLISECONDS),
  /** The wait that 99.99 % of the puts do not exceed. */
  LOAD_9999("load, put, p99.99", Group.WAITS, Unit.MICROSECONDS),
  /** The time from the open to the result of the first get; half the keys were overwritten. */
  OPEN_CLOSED("open after a close", Group.WAITS, Unit.MILLISECONDS),
  /** The same after the process that wrote the store was killed. */
  OPEN_KILLED("open after kill -9", Group.WAITS, Unit.MILLISECONDS),
  /** The wait that 99.9 % of the puts do not exceed, beside gets and merges. */
  PUT_BESIDE_MERGES("put beside merges, p99.9", Group.WAITS, Unit.MICROSECONDS),
  /** The wait that 99.9 % of the gets do not exceed, beside puts and merges. */
  GET_BESIDE_MERGES("get beside merges, p99.9", Group.WAITS, Unit.MICROSECONDS);

  /** The measurements that belong to one table. */
  enum Group {
    RATES,
    WAITS
  }

  /** The unit of a measurement. */
  enum Unit {
    /** The only unit of which more is better. */
    RATE("1,000/s"),
    MILLISECONDS("ms"),
    MICROSECONDS("us"),
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
  private final Group group;
  private final Unit unit;

  PeerWorkload(String title, Unit unit) {
    this(title, Group.RATES, unit);
  }

  PeerWorkload(String title, Group group, Unit unit) {
    this.title = title;
    this.group = group;
    this.unit = unit;
  }

  Group group() {
    return group;
  }

  Unit unit() {
    return unit;
  }

  /** Returns the measurements of a group. */
  static List<PeerWorkload> of(Group group) {
    return Arrays.stream(values()).filter(workload -> workload.group == group).toList();
  }

  /** Returns how many times better one number is than another. */
  double timesBetter(double one, double other) {
    return unit == Unit.RATE ? one / other : other / one;
  }

  @Override
  public String toString() {
    return title;
  }
}
