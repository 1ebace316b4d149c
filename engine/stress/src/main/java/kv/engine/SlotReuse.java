package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The slot of a deleted key gets another key with the same tag: a reader of either sees no value,
 * or that key's.
 */
@JCStressTest
@Outcome(
    id = {"1, 0", "0, 0", "0, 2", "1, 2"},
    expect = ACCEPTABLE,
    desc = "Each key's own value.")
@Outcome(expect = FORBIDDEN, desc = "The value of another key, or no bytes of one.")
@State
public class SlotReuse {
  private static final byte[] OLD = {1};
  private static final byte[] NEW = {2};

  private final MadeUpLog log = new MadeUpLog();
  private final KeyDir keydir = new KeyDir(log, key -> 0x1234567890abcdefL);

  /** Puts the old key. */
  public SlotReuse() {
    MadeUpLog.follow(keydir, Record.PUT, OLD, log.append(OLD[0], 1));
  }

  /** The writer. */
  @Actor
  public void replace() {
    MadeUpLog.follow(keydir, Record.DELETE, OLD, KeyDir.NONE);
    MadeUpLog.follow(keydir, Record.PUT, NEW, log.append(NEW[0], 2));
  }

  /** A reader. */
  @Actor
  public void get(II_Result result) {
    result.r1 = MadeUpLog.get(keydir, OLD);
    result.r2 = MadeUpLog.get(keydir, NEW);
  }
}
