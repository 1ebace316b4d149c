package kv.engine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two durable puts at the same time: when one returns, an fsync has covered its record. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Both are durable.")
@Outcome(expect = FORBIDDEN, desc = "A put has returned, and its record is not durable.")
@State
public class GroupCommitCoverage implements GroupCommit.Syncable {
  private final AtomicLong written = new AtomicLong();

  /** Not volatile, as the disk is not: the order has to come from the group commit. */
  private long onDisk;

  private final GroupCommit commit = new GroupCommit(this);

  @Override
  public long position() {
    return written.get();
  }

  @Override
  public void syncActive() {
    onDisk = Math.max(onDisk, written.get());
  }

  @Override
  public void fail(Throwable cause) {
    throw new AssertionError(cause);
  }

  @Override
  public void requireHealthy() {}

  private boolean putDurably() {
    long end = written.incrementAndGet();
    try {
      commit.syncTo(end);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return onDisk >= end;
  }

  /** A caller. */
  @Actor
  public void put(ZZ_Result result) {
    result.r1 = putDurably();
  }

  /** Another caller. */
  @Actor
  public void putToo(ZZ_Result result) {
    result.r2 = putDurably();
  }
}
