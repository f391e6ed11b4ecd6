# ---
# jupyter:
#   xrlearn:
#     title:
#       en: Learning by heart
#       zh: 死记硬背
# ---

# %% [markdown] lang="en" tags=["notebook"]
# # Learning by heart
#
# [中文](zh/overfit.ipynb)

# %% [markdown] lang="zh" tags=["notebook"]
# # 死记硬背
#
# [English](../overfit.ipynb)

# %% [markdown] lang="en" tags=["read"]
# A student who is given sixty old examination papers can do two things: understand the subject, or remember the
# answers. On the sixty papers both look the same. A network has the same choice, and it takes whichever is easier.

# %% [markdown] lang="zh" tags=["read"]
# 给学生六十份旧试卷，他可以理解知识，也可以背下答案。在这六十份试卷上，两者看不出差别。网络面临同样的选择，而且总
# 是选更容易的那一种。

# %% [markdown] lang="en" tags=["notebook"]
# Fifteen minutes. Click into a grey cell, press **Shift + Enter**, read on. The films are simulated wrists, so that for
# each of them the truth is known. For teaching. Not for diagnosis.

# %% [markdown] lang="zh" tags=["notebook"]
# 约十五分钟。点击灰色单元格，按 **Shift + Enter** 运行，然后继续阅读。影像是模拟的腕关节，每一张的真相都已知。
# 仅供教学，不得用于诊断。

# %%
from xrlearn.labs import lesson, wrists
from xrlearn.labs.overfit_state import SIZE, Settings, Workbench

lesson.begin()
bench = Workbench(wrists.load(size=SIZE))

# %% [markdown] lang="en"
# ## Few films
#
# One network, trained twice: from thirty patients, and from all there are. `train` is its AUC on its own training
# films, `valid` on patients it has never met. (AUC: how often a broken wrist gets a higher score than a whole one. 0.5
# is guessing.)

# %% [markdown] lang="zh"
# ## 影像太少
#
# 同一个网络训练两次：一次用三十名患者，一次用全部患者。`train` 是它在自己训练影像上的 AUC，`valid` 是在从未见过的患
# 者身上的 AUC。（AUC：有骨折的腕关节得分高于无骨折者的概率，0.5 等于猜测。）

# %%
for patients in (30, bench.patients):
    run = bench.train(Settings(patients=patients))
    print(f"{patients:4d} patients   train {run.train.auc:.2f}   valid {run.valid.auc:.2f}   gap {run.gap:.2f}")

# %% [markdown] lang="en"
# On its own films it is nearly perfect both times. That figure says nothing. The second column is what a patient gets.
#
# ## Wrong answers
#
# Now three of ten training films carry a wrong answer, as after misread reports. No sign on the bone leads to such an
# answer. If the network states it all the same, it has remembered the film.

# %% [markdown] lang="zh"
# 两次在自己的影像上都近乎完美，但这个数值毫无意义；第二列才是患者得到的结果。
#
# ## 错误答案
#
# 现在，十张训练影像中有三张答案有误，如同报告误读。骨骼上没有任何征象指向这样的答案；如果网络照样给出，那就是记住
# 了这张影像。

# %%
wrong = bench.train(Settings(patients=bench.patients, noise=0.3, network="large", epochs=24))
known = bench.by_heart(wrong)
false = sum(memory.taught != memory.truth for memory in known)
print(f"train {wrong.train.auc:.2f}   valid {wrong.valid.auc:.2f}   best round {wrong.best_epoch} of 24")
print(f"{len(known)} films known by heart, {false} of them with a wrong answer")

# %% [markdown] lang="en" tags=["read"]
# ## From 200 films to 640
#
# Adams and others (J Med Imaging Radiat Oncol 2019; 63:27–32) taught two networks to find fractures of the femoral
# neck. From 200 films AlexNet reached an accuracy of 81.9 %, from 640 films 89.4 %; GoogLeNet 88.1 % and 94.4 %. In
# the lab you draw such a learning curve yourself.

# %% [markdown] lang="zh" tags=["read"]
# ## 从 200 张到 640 张
#
# Adams 等（J Med Imaging Radiat Oncol 2019; 63:27–32）用两个网络识别股骨颈骨折。AlexNet 用 200 张影像准确率为
# 81.9%，用 640 张为 89.4%；GoogLeNet 分别为 88.1% 和 94.4%。在实验里，您可以亲手画出这样的学习曲线。

# %% [markdown] lang="en"
# ## The lab
#
# Before you move a control, say what you expect; then look. Three questions follow at the end.

# %% [markdown] lang="zh"
# ## 实验
#
# 移动控件之前，先说出您的预期，再看结果。最后有三个问题。

# %% tags=["lab"]
from xrlearn.labs import overfit

lab = overfit.show()

# %% [markdown] lang="en" tags=["showed"]
# ## What it showed
#
# A perfect figure on its own films says nothing about a network: it may know them by heart, wrong answers included.
# What counts is the figure on patients it has never met. Four things close the gap: more patients, a smaller network,
# fewer rounds, and not showing it a film twice in the same way.

# %% [markdown] lang="zh" tags=["showed"]
# ## 它说明了什么
#
# 在自己的影像上得满分，说明不了任何问题：网络可能只是背下了它们，连错误答案一起。算数的是在从未见过的患者身上的数
# 值。缩小差距有四种办法：增加患者、缩小网络、减少轮数、不让它两次看到同样的影像。
