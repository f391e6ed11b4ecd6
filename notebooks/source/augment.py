# ---
# jupyter:
#   xrlearn:
#     title:
#       en: "Augment: more from the same films"
#       zh: 数据增强：让同样的影像发挥更大作用
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # Augment: more from the same films
#
# [中文](zh/augment.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 数据增强：让同样的影像发挥更大作用
#
# [English](../augment.ipynb)

# %% [markdown] lang="en" tags=["read"]
# You will never have enough films. So the ones you have are shown to the network again and again, each time a little
# different: turned, cropped, brighter. Kim and MacKinnon made eight films out of each of 1,389 in this way (2018). It
# costs nothing, and it often helps. It can also teach the network something that is not true.

# %% [markdown] lang="zh" tags=["read"]
# 影像永远不够用。于是把现有的影像反复给网络看，每次略有不同：旋转一点、裁去一点、调亮一点。Kim 和 MacKinnon 就用这
# 种办法把 1389 张影像各变成八张（2018）。这不花什么成本，而且常常有用。但它也可能教给网络错误的东西。

# %% [markdown] lang="en" tags=["notebook"]
# This takes a quarter of an hour. Click into a grey cell, press **Shift + Enter**, read on. For teaching. Not for
# diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 本课约需一刻钟。点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。仅供教学，不得用于诊断。

# %%
from IPython.display import display

from xrlearn import phantom
from xrlearn.labs import augment_state, lesson, wrists

lesson.begin()

# %% [markdown] lang="en"
# ## One film, many copies
#
# Here is one wrist, cut to the joint, and seven copies of it with every change in turn. Ask of each row: would a
# colleague who saw only the copy give the same answer?

# %% [markdown] lang="zh"
# ## 一张影像，多份副本
#
# 下面是一个裁剪到关节处的腕部，以及每种变换的七份副本。请对每一行自问：只看副本的同事，会给出相同的答案吗？

# %%
home = wrists.load(size=augment_state.SHOWN)
away = wrists.load(augment_state.ELSEWHERE, size=augment_state.SHOWN, seed=1, site=augment_state.OTHER_SITE)
bench = augment_state.Workbench(home, away)
broken = int(home.among("train")[home.truth[home.among("train")] == 1][0])
for change in ("flip", "rotate", "crop", "brightness"):
    display(lesson.side_by_side(list(bench.copies(broken, change, 1.0)), height=120))

# %% [markdown] lang="en" tags=["read"]
# ## A letter that cannot be mirrored
#
# On a whole film there is a letter. Mirrored, it is no longer a letter of any alphabet, and the wrist has changed
# sides. No radiographer will ever send you such a film, and a network that is to name the side must never see one.

# %% [markdown] lang="zh" tags=["read"]
# ## 不能镜像的字母
#
# 完整的影像上有左右标记。镜像之后，它不再是任何字母，腕部也换了侧别。没有哪位技师会送来这样的影像；要判断左右的网
# 络也绝不能看到它。

# %%
film, truth = phantom.make("wrist", "PA", seed=5, side="R", size=256)
lesson.side_by_side([film, film.pixels[:, ::-1]])

# %% [markdown] lang="en"
# ## Measure it
#
# Four networks learn without any change, and four learn from the same patients with random crops. The same patients,
# so that only the cropping differs. We look at the difference, network by network, with its interval: if the interval
# lies above zero, cropping has helped *here*, for this question, at this strength, with so few films. More is not
# claimed.

# %% [markdown] lang="zh"
# ## 评估效果
#
# 四个网络不做任何变换，另四个用相同的患者并随机裁剪。患者相同，差别只在裁剪。逐个网络计算差值及其区间：若区间大于
# 零，说明*在这里*裁剪有帮助——针对这个问题、这个强度、这么少的影像。仅此而已，不作更多推论。

# %%
plain, _, cropped, _ = bench.measure("broken", "crop")
augment_state.gain(plain.home, cropped.home)

# %% [markdown] lang="en"
# ## The same tool on another question
#
# Now the networks are to say whether the hand is a left or a right one. Without changes they are nearly perfect. With
# mirroring, half of what they are shown carries the wrong answer.

# %% [markdown] lang="zh"
# ## 同样的办法，换一个问题
#
# 现在要网络判断是左手还是右手。不做变换时几乎全对；用了镜像，它看到的影像有一半带着错误的答案。

# %%
plain, _, mirrored, _ = bench.measure("side", "flip")
augment_state.gain(plain.home, mirrored.home)

# %% [markdown] lang="en"
# ## The lab
#
# Try the other changes. Before you press **Measure**, say whether the curve will rise or fall, and why.

# %% [markdown] lang="zh"
# ## 实验
#
# 请试试其他变换。在按下**开始评估**之前，先说出曲线会上升还是下降，以及原因。

# %% tags=["lab"]
from xrlearn.labs import augment

lab = augment.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# A change helps where the answer stays true under it, and harms where it does not: mirroring costs nothing when the
# question is “broken?”, and destroys the answer when the question is “left or right?”. Which changes are harmless is a
# clinical question, not a technical one.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 变换之后答案依然成立，它才有帮助，否则就有害：问“有无骨折”时，镜像无妨；问“左还是右”时，镜像毁掉答案。哪些变换无
# 害，是临床问题，而不是技术问题。
