package io.xcron.model;

import org.jspecify.annotations.Nullable;

/** Who answers for a task. */
public record Owner(
    @Nullable String author,
    @Nullable String email,
    @Nullable String mobile,
    @Nullable String remark) {
  public Owner {
    Limits.requireText("owner.author", author, Limits.MAX_NAME_LENGTH);
    Limits.requireText("owner.email", email, Limits.MAX_NAME_LENGTH);
    Limits.requireText("owner.mobile", mobile, Limits.MAX_NAME_LENGTH);
    Limits.requireText("owner.remark", remark, 4 * Limits.MAX_NAME_LENGTH);
  }
}
