# ---
# jupyter:
#   xrlearn:
#     title:
#       en: How old is this hand?
#       zh: 这只手多大了？
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # How old is this hand?
#
# [中文](zh/bone-age.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 这只手多大了？
#
# [English](../bone-age.ipynb)

# %% [markdown] lang="en" tags=["read"]
# A network that looks at a whole hand and says “eleven years” leaves you two choices: believe it or not. Clinicians
# have long read bone age differently, bone by bone (Tanner and Whitehouse, 1975). A machine can do that, too. The one
# below reads seventeen places, says of each how far off it expects to be, and takes the mean, in which the sure ones
# count for more. It is no heat map after the fact: these seventeen figures *are* its answer.

# %% [markdown] lang="zh" tags=["read"]
# 一个网络看过整只手，说“十一岁”，您只有两种选择：信或不信。而临床医师读骨龄历来是逐骨进行的（Tanner 和
# Whitehouse，1975）。机器也可以这样做。下面这台机器读十七个部位，说出每处预期的误差，再求平均，把握大的部位权重更
# 高。这不是事后补上的热图：这十七个数字*就是*它的答案。

# %% [markdown] lang="en" tags=["notebook"]
# This takes a quarter of an hour. Click into a grey cell, press **Shift + Enter**, read on. For teaching. Not for
# diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 本课约需一刻钟。点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。仅供教学，不得用于诊断。

# %%
from xrlearn.labs import bone_age_state, lesson

lesson.begin()

# %% [markdown] lang="en"
# ## One child, five birthdays
#
# A simulated girl at 4, 7, 10, 13 and 16 years. Look at the carpus first, then at the growth plates of the fingers,
# then at the radius. Which of them has changed between neighbours? Only what changes can tell the age.

# %% [markdown] lang="zh"
# ## 一名儿童，五个生日
#
# 一名模拟女孩，分别为 4、7、10、13 和 16 岁。先看腕骨，再看手指的生长板，然后看桡骨。相邻两张之间，哪些变了？只有在变
# 的部位才能说明年龄。

# %%
films = bone_age_state.Films()
girl = {years: films.take(bone_age_state.Wish(child=3, months=12 * years, sex="F")) for years in (4, 7, 10, 13, 16)}
lesson.side_by_side([hand.pixels for hand in girl.values()])

# %% [markdown] lang="en"
# ## What it says, place by place
#
# Age and expected error in months, of the girl at ten. The places disagree; those that expect a small error should be
# nearer to 120. Are they?

# %% [markdown] lang="zh"
# ## 逐个部位的答案
#
# 女孩十岁时各部位的年龄与预期误差（月）。各部位意见不一；预期误差小的应该更接近 120。真是这样吗？

# %%
reading = girl[10].read("F")
{place: (round(part["value"]), round(part["error"])) for place, part in reading.parts.items()}

# %% [markdown] lang="en"
# The answer is their mean, each weighted by the inverse of its expected error. Leave the fingers out, and only two
# places are left to speak.

# %% [markdown] lang="zh"
# 最终答案是它们的平均值，按预期误差的倒数加权。去掉手指，就只剩两个部位可以发言。

# %%
everything, wrist = (
    bone_age_state.answer(reading, groups) for groups in (bone_age_state.GROUPS, ("carpus", "forearm"))
)
round(everything), round(wrist)

# %% [markdown] lang="en" tags=["read"]
# ## One word
#
# Bone age compares a child with children of the same sex, and girls are ahead of boys. So the machine has to be told
# the sex. Told the wrong one, it errs like a reader who opened the wrong half of the atlas.

# %% [markdown] lang="zh" tags=["read"]
# ## 一个词
#
# 骨龄是与同性别儿童相比较，而女孩发育在前，所以必须告诉机器性别。告诉错了，它就像翻错半本图谱的医师一样出错。

# %%
{told: round(bone_age_state.answer(girl[10].read(told))) for told in "FM"}

# %% [markdown] lang="en" tags=["showed"]
# ## What it cannot do
#
# Both of its networks learned from simulated hands alone; no child was filmed for them. How far they err on real hands
# of the RSNA challenge stands at the end of the lab. Published systems that learned from real hands are better: Lee and
# others (2017) came within one year in 90.4 % of girls and 94.2 % of boys. And seventeen places of one network are not
# seventeen readers: they can all be wrong in the same way.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它做不到什么
#
# 它的两个网络都只从模拟的手学习，没有为此拍摄过任何儿童。在 RSNA 竞赛真实影像上的误差，见实验末尾。已发表的、用真实
# 影像训练的系统更好：Lee 等（2017）有 90.4% 的女孩和 94.2% 的男孩误差在一年以内。此外，同一网络的十七个部位并不是
# 十七名医师：它们可能以同样的方式一起出错。

# %% [markdown] lang="en"
# ## The lab
#
# Move the age, leave places out, tell the machine the wrong sex. Say first what you expect.

# %% [markdown] lang="zh"
# ## 实验
#
# 改变年龄，去掉部位，告诉机器错误的性别。请先说出您的预期。

# %% tags=["lab"]
from xrlearn.labs import bone_age

lab = bone_age.show()
