package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/**
 * Publications with a rule left out, to see whether these tests would notice. "Interesting" is the
 * outcome that the engine must not have.
 *
 * <p>A processor of the x86 family keeps the order of stores, and of loads, so there only the
 * compiler can swap plain ones, which it does where it sees a gain. Processors of the ARM family
 * swap them too.
 */
public final class Mutants {
  private Mutants() {}

  /** The tag first, then the location. */
  @JCStressTest
  @Outcome(
      id = {"-1", "77"},
      expect = ACCEPTABLE,
      desc = "As it should be.")
  @Outcome(id = "0", expect = ACCEPTABLE_INTERESTING, desc = "A tag without its location.")
  @State
  public static class TagBeforeLocation {
    private final KeyDirTable table = new KeyDirTable(8, 0);

    /** The writer. */
    @Actor
    public void put() {
      int slot = table.freeSlot(5);
      table.fill(slot, 5, 0);
      table.setLocation(slot, 77);
    }

    /** A reader. */
    @Actor
    public void get(J_Result result) {
      int slot = table.search(5);
      result.r1 = slot == KeyDirTable.ABSENT ? -1 : table.location(slot);
    }
  }

  /** The keydir's entry first, then the record. */
  @JCStressTest
  @Outcome(
      id = {"0", "7"},
      expect = ACCEPTABLE,
      desc = "As it should be.")
  @Outcome(id = "-1", expect = ACCEPTABLE_INTERESTING, desc = "A location without its record.")
  @State
  public static class LocationBeforeRecord {
    private static final byte[] KEY = {0};

    private final MadeUpLog log = new MadeUpLog();
    private final KeyDir keydir = new KeyDir(log, key -> 0x1234567890abcdefL);

    /** The writer. */
    @Actor
    public void put() {
      MadeUpLog.follow(keydir, Record.PUT, KEY, log.next());
      log.append(KEY[0], 7);
    }

    /** A reader. */
    @Actor
    public void get(J_Result result) {
      result.r1 = MadeUpLog.get(keydir, KEY);
    }
  }

  /** Plain stores and loads, in the right order: what the engine's release and acquire are for. */
  @JCStressTest
  @Outcome(
      id = {"-1", "77"},
      expect = ACCEPTABLE,
      desc = "As it should be.")
  @Outcome(id = "0", expect = ACCEPTABLE_INTERESTING, desc = "A tag without its location.")
  @State
  public static class PlainStores {
    private long location;
    private long tag;

    /** The writer. */
    @Actor
    public void put() {
      location = 77;
      tag = 5;
    }

    /** A reader. */
    @Actor
    public void get(J_Result result) {
      result.r1 = tag == 5 ? location : -1;
    }
  }
}
