package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A put: a reader that finds the key sees all bytes of its record, which are plain stores. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "The key is not there yet.")
@Outcome(id = "7", expect = ACCEPTABLE, desc = "The key is there, with its value.")
@Outcome(expect = FORBIDDEN, desc = "The record was not there when its location was.")
@State
public class RecordPublication {
  private static final byte[] KEY = {1};

  private final MadeUpLog log = new MadeUpLog();
  private final KeyDir keydir = new KeyDir(log, key -> 0x1234567890abcdefL);

  /** The writer: the record, then its place in the keydir. */
  @Actor
  public void put() {
    MadeUpLog.follow(keydir, Record.PUT, KEY, log.append(KEY[0], 7));
  }

  /** A reader. */
  @Actor
  public void get(I_Result result) {
    result.r1 = MadeUpLog.get(keydir, KEY);
  }
}
